"""Files to take away: who asks is checked here, again by the use case, and by the PostgreSQL login it reads through."""

from collections.abc import Mapping

from core.access import Tier, may_export
from core.clock import system_clock
from core.errors import NotAllowed, NotSignedIn
from usecases import accounts, audit, exports, sign_in, trend_words
from usecases.audit import Visit
from usecases.display import count_asked
from usecases.flow_trend import view_trend
from usecases.reader import Reader
from usecases.sign_in import Account
from webapp import pools

MEDIA = exports.FORMS


def taken(feature: str, form: str, words: Mapping[str, str], visit: Visit) -> bytes:
    """The file, or NotSignedIn, NotAllowed. Each export and each refusal stands in the audit log."""
    account = sign_in.current_account(pools.database("auth"), visit.cookie, system_clock, address=visit.address)
    subject = f"{feature}.{form}"
    if account is None:
        raise NotSignedIn()
    if not may_export(account.tier, feature):
        audit.refused(pools.database("auth"), account.email, f"export {subject}", visit.address, system_clock)
        raise NotAllowed()
    audit.exported(pools.database("auth"), account.email, subject, visit.address, system_clock)
    if feature == "accounts":
        return _accounts(account, form)
    reader = pools.reader(account)
    if feature == "flow_trend":
        return _trend(reader, words, form)
    if feature == "display":
        return exports.export_display(reader, exports.asked(feature, words), count_asked(words.get("count")), form)
    return exports.export(reader, feature, exports.asked(feature, words), form)


def _accounts(account: Account, form: str) -> bytes:
    if account.tier is not Tier.ADMIN:
        raise NotAllowed()
    rows = accounts.listed(pools.database("auth"), system_clock)
    return exports.written(exports.Exported(rows, {"Product": "OI Flow", "Rows": str(len(rows))}), form)


def _trend(reader: Reader, words: Mapping[str, str], form: str) -> bytes:
    chosen = trend_words.asked(words)
    address = f"/flow_trend?{trend_words.words(chosen)}"
    return exports.export_trend(reader, view_trend(reader, **chosen), address, form)

"""The contract picker of the flow trend: ticker, expiration, strike, right, range, line; and the saved contracts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import streamlit as st

from core.access import Tier, limits
from usecases import saved_contracts, trend_words
from usecases.flow_trend import TrendView
from usecases.saved_contracts import SavedContract
from usecases.sign_in import Account
from webapp import address, cached, pools, visitor
from webapp.charts import trend
from webapp.look import formats
from webapp.look.theme import Look
from webapp.parts import filter_bar, largest

MONTHS = {
    str(months): formats.plural(months, "month") if months < 12 else formats.plural(months // 12, "year")
    for months in trend_words.MONTHS
}
LINES = {name: title for name, (title, _) in trend.LINES.items()}
SIDES = {"": "Both", **formats.SIDES}
COLUMNS = (
    "session_date", "quote_session", "open_interest", "oi_change", "volume", "volume_final", "opened_min", "opened_max",
    "closed_min", "closed_max", "iv", "delta", "last", "spot", "source", "flags",
)  # fmt: skip
ALIVE = "Change counts contracts still alive; expired ones leave, so the level may fall while changes are positive"
ON_LIST = "Each session has its own list: contracts that enter or leave it move the level, not the change"
_WORDS = ("symbol", "expiration", "strike", "right", "deliverable")


@dataclass(frozen=True)
class Asked:
    """What the address asks for. contract: arguments of `view_trend` beside the ticker."""

    symbol: str
    line: str
    months: str
    contract: dict[str, Any] = field(hash=False)


def asked(account: Account) -> Asked:
    """The words of the address; what is not understood counts as absent. Without a ticker the largest one."""
    contract, known = trend_words.asked(st.query_params), cached.tickers(account)
    symbol = contract.pop("symbol")
    if not symbol:
        first = cached.changes(account, address.PLAIN).view
        symbol = first.ticker or (known[0] if known else "")
    return Asked(symbol, address.choice("line", list(LINES), "iv"), str(contract["months"]), contract)


def bar(what: Asked, view: TrendView, account: Account, look: Look) -> None:
    """The controls in one bar, on phones in a sheet, and the saved contracts below."""
    if look.phone:
        with filter_bar.sheet("Contract", account):
            _controls(what, view, account)
    else:
        with st.container(horizontal=True, key="bar_picker", vertical_alignment="bottom", gap="small"):
            _controls(what, view, account)
    _saved(account)


def _controls(what: Asked, view: TrendView, account: Account) -> None:
    _pick("symbol", "Ticker", cached.tickers(account), what.symbol, str, width=130, none="Ticker")
    _pick("expiration", "Expiration", view.choices.expirations, what.contract["expiration"], formats.day, width=178)
    _pick("strike", "Strike", view.choices.strikes, what.contract["strike"], formats.strike, width=120)
    filter_bar.segments("right", "Right", SIDES, what.contract["right"] or "", partial(address.put, "right"))
    _range(what, view)
    if view.kind == "contract":
        filter_bar.segments("line", "Line", LINES, what.line, partial(address.put, "line", usual="iv"))
        _star(what, view, account)


def _pick(
    name: str, label: str, options: Sequence[Any], value: Any, words: Callable[[Any], str], *, width: int, none: str = "All"
) -> None:
    filter_bar.select(
        name, label, options, value, partial(_picked, name), words=words, index=None, width=width, placeholder=none
    )  # fmt: skip


def _picked(name: str, value: Any) -> None:
    word = None if value is None else f"{value:.10g}" if isinstance(value, float) else str(value)
    address.put(name, word)
    if name == "symbol":
        whole_ticker()
    if name == "expiration":
        address.put("strike", None)


def _range(what: Asked, view: TrendView) -> None:
    write = partial(address.put, "months", usual="2")
    if view.limited is not None and view.limited.sessions is not None:
        only = formats.plural(view.limited.sessions, "session")
        filter_bar.select("months", "Range", [only], only, write, width=150, **filter_bar.LOCKED[True])
    else:
        filter_bar.select("months", "Range", list(MONTHS), what.months, write, words=MONTHS.__getitem__, width=116)


def words(what: Asked) -> str:
    """What is shown as the words of an address, for the links of exports."""
    return trend_words.words({"symbol": what.symbol, **what.contract})


def whole_ticker() -> None:
    """Back to the ticker's sums."""
    for name in _WORDS[1:]:
        address.put(name, None)


def heading(view: TrendView) -> str:
    """What the panels show: a contract, or a ticker and the right that is summed."""
    if view.contract is None:
        return f"{view.symbol} {SIDES[view.right].lower()}" if view.right else view.symbol
    key = view.contract
    return _name(key.symbol, key.expiration, key.strike_milli / 1000, key.right, key.deliverable)


def subtitle(view: TrendView) -> str:
    """Range, kind and unit of the panels."""
    listed = view.sessions[view.sessions["listed"]]
    span = f"{formats.day(listed['session_date'].iloc[0])} to {formats.day(listed['session_date'].iloc[-1])}"
    whole = view.freshness is not None and view.freshness.coverage == "full"
    what = "One contract" if view.kind == "contract" else "Sums over all contracts" if whole else "Sums on list"
    return f"{what}, {formats.plural(len(listed), 'session')}, {span}; contracts{_caution(view)}"


def _caution(view: TrendView) -> str:
    """Why the levels of a ticker do not differ by its changes; nothing for a contract, whose levels do."""
    if view.kind == "contract" or view.freshness is None:
        return ""
    return f". {ALIVE if view.freshness.coverage == 'full' else ON_LIST}"


def notes(view: TrendView) -> dict[str, str]:
    """What the columns of a ticker add to their help."""
    caution = _caution(view).removeprefix(". ")
    return dict.fromkeys(("open_interest", "oi_change"), f"{caution}.") if caution else {}


def _keeps(account: Account) -> bool:
    allowed = limits(account.tier, "flow_trend")
    return account.tier is not Tier.ANONYMOUS and (allowed is None or allowed.saved != 0)


def _kept(account: Account) -> tuple[SavedContract, ...]:
    return saved_contracts.saved(pools.database("auth"), account.account_id) if _keeps(account) else ()


def _saved(account: Account) -> None:
    kept = _kept(account)
    if not kept:
        return
    with st.container(horizontal=True, key="chips_saved", gap="small", vertical_alignment="center"):
        for at, contract in enumerate(kept):
            words = _name(contract.symbol, contract.expiration, contract.strike, contract.right, contract.deliverable)
            st.button(words, key=f"chip_saved_{at}", icon=":material/star:", on_click=_open, args=(contract,))


def _star(what: Asked, view: TrendView, account: Account) -> None:
    here = _here(what, view)
    if here is None or not _keeps(account):
        return
    if all(contract.key != here.key for contract in _kept(account)):
        words, key, act, why = "Save", "save", _save, "Keep this contract at hand"
    else:
        words, key, act, why = "Saved", "unsave", _remove, "Remove it from the saved ones"
    icon = ":material/star:" if key == "unsave" else ":material/star_border:"
    st.button(words, key=key, icon=icon, on_click=act, args=(account, here), help=why)


def _here(what: Asked, view: TrendView) -> SavedContract | None:
    if view.kind != "contract":
        return None
    contract = {name: what.contract[name] for name in ("expiration", "right", "strike", "deliverable")}
    return SavedContract(what.symbol, **contract, saved_at=datetime.min.replace(tzinfo=UTC))


def _name(symbol: str, expiration: date, strike: float, right: str, deliverable: str) -> str:
    adjusted = " adjusted" if deliverable == "adjusted" else ""
    return f"{symbol} {formats.contract(expiration, strike, right)}{adjusted}"


def _open(contract: SavedContract) -> None:
    words = {name: getattr(contract, name) for name in _WORDS}
    for name, word in largest.trend_words(words).items():
        address.put(name, word)


def _still(account: Account) -> Account | None:
    """The account that was shown the button, as PostgreSQL knows it now; None where it keeps nothing any more.

    A click is worked off before the page asks who is there.
    """
    now = visitor.current()
    return now if now is not None and now.account_id == account.account_id and _keeps(now) else None


def _save(account: Account, contract: SavedContract) -> None:
    if now := _still(account):
        saved_contracts.save(pools.database("auth"), now.account_id, now.tier, contract.key)


def _remove(account: Account, contract: SavedContract) -> None:
    if now := _still(account):
        saved_contracts.remove(pools.database("auth"), now.account_id, contract.key)

"""Chains asked of Schwab by schwab-py, with the operator's own account.

    schwab = make(settings, client, clock)
    schwab.fetch("GME")              # 1 call, and 1 more a day for the list of expirations
    schwab.fetch("GME", nearest=4)   # the same
    schwab.fetch("SPY")              # a call for each 10 expirations: Schwab's gateway cannot carry such a chain in one

The sign-in is a file that `schwab-generate-token.py` wrote. Its access token is renewed in place every half hour; the sign-in
itself ends after seven days, and a new file takes effect at once.
"""

import json
import threading
import warnings
from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

import structlog
from pyrate_limiter import Duration, Rate

from core.clock import Clock
from core.errors import ProviderRefused, ProviderUnreachable
from core.roots import INDEXES
from core.sessions import EASTERN
from core.settings import Settings
from ingest.providers.client import Client
from ingest.providers.masking import masked_body
from ingest.providers.policy import Policy
from ingest.providers.transports import HttpxDoor
from ingest.sources import Raw
from ingest.sources.reading.stamps import LIVE
from ingest.sources.schwab.token_file import TokenFile

log = structlog.get_logger()
_ENDS_SOON = 6 * 86_400  # seconds from which on a sign-in of seven days is told of
_TOO_LARGE = 502  # what Schwab's gateway says of a chain that it cannot carry
_CARRIED, _AT_ONCE = 20, 10  # so many expirations come in one answer; of more, this many, because the gateway's limit is near
_TOKENS = ("access_token", "refresh_token")
_UNKNOWN = (ValueError, KeyError, TypeError)  # what the library ends with where an answer has another shape
_SIGN_IN_AGAIN = (
    "the sign-in has run out or was taken back (Schwab ends it after seven days): type "
    "`schwab-generate-token.py --token_file SCHWAB_TOKEN_FILE …` and sign in; the new file takes effect at once"
)


POLICY = Policy("schwab", (Rate(120, Duration.MINUTE),))


def make(settings: Settings, client: Client, clock: Clock, base: str = "") -> "Schwab":
    """What fetches. base: another address than Schwab's own."""
    return Schwab(settings, HttpxDoor(client, base), clock)


class Schwab:
    """Threads may share it."""

    def __init__(self, settings: Settings, door: HttpxDoor, clock: Clock):
        self._key, self._secret = settings.schwab_app_key, settings.schwab_app_secret
        self._file, self._door, self._clock = TokenFile(settings.schwab_token_file), door, clock
        self._lock = threading.Lock()
        self._library: Any = None
        self._ended: object = None  # the state of the file whose sign-in was refused
        self._listed: dict[str, tuple[date, list[date]]] = {}
        self._most: dict[str, int] = {}  # expirations of a name that fit into one answer

    def fetch(self, symbol: str, nearest: int | None = None) -> Raw:
        """The bytes of one name's chain. ProviderError where one of its parts does not come."""
        name = f"${symbol}" if symbol in INDEXES else symbol.replace(".", "/")
        try:
            bodies = self._bodies(name, nearest)
        finally:
            self._door.door.take()  # it keeps bodies for others; nobody asks for these
        frame = b'{"nearest": %b, "chains": [%b]}' % (json.dumps(nearest).encode(), b", ".join(bodies))
        return Raw("schwab", f"{symbol}.json", frame, self._clock(), LIVE)

    def _bodies(self, name: str, nearest: int | None) -> list[bytes]:
        """One answer, or several that show the expirations together."""
        days = self._expirations(name)[:nearest]
        if not days:
            raise ProviderRefused("schwab", f"it lists no expiration of {name}")
        most = self._most.get(name, len(days) if len(days) <= _CARRIED else _AT_ONCE)
        starts = range(0, len(days), most)
        parts = [part for start in starts for part in self._parts(name, days[start : start + most])]
        if len(parts) > len(starts):
            self._most[name] = max(1, len(days) // len(parts))
        return parts

    def _parts(self, name: str, days: list[date]) -> list[bytes]:
        """The answers for these expirations; halves where one answer is too large."""
        body = self._chain(name, days)
        if body is not None:
            return [body]
        half = len(days) // 2
        return self._parts(name, days[:half]) + self._parts(name, days[half:])

    def _chain(self, name: str, days: list[date]) -> bytes | None:
        """One answer for all expirations from the first to the last of `days`; None where it is too large for one."""
        span = {"from_date": days[0], "to_date": days[-1]}
        try:
            body = self._asked(lambda library: library.get_option_chain(name, include_underlying_quote=True, **span))
        except ProviderUnreachable as error:
            if error.answered != _TOO_LARGE or len(days) == 1:
                raise
            return None
        return None if _is_cut(body) and len(days) > 1 else body

    def _expirations(self, name: str) -> list[date]:
        """The listed expirations, asked for once a day."""
        today = self._clock().astimezone(EASTERN).date()
        asked_on, days = self._listed.get(name, (None, []))
        if asked_on != today:
            days = _days(self._asked(lambda library: library.get_option_expiration_chain(name)))
            self._listed[name] = (today, days)
        return [day for day in days if day >= today]

    def _asked(self, question: Callable[[Any], Any]) -> bytes:
        """The body of an answer; where the access token is refused, once more with a new one."""
        library = self._signed_in()
        token = library.session.token["access_token"]
        for again in (True, False):
            try:
                return masked_body(question(library).content, (library.session.token[name] for name in _TOKENS))
            except ProviderRefused as error:
                if error.answered != 401:
                    raise
            if again:
                library = self._signed_in(refused=token)
        raise self._over()

    def _signed_in(self, refused: str = "") -> Any:
        """The library with a token that holds; the file is read again when somebody wrote it. refused: a token to replace."""
        with self._lock:
            state = self._file.state()
            if self._ended is not None and state == self._ended:
                raise ProviderRefused("schwab", _SIGN_IN_AGAIN)
            if self._library is None or state != self._file.known:
                self._library = self._connect()
            session = self._library.session
            if session.token["access_token"] == refused:
                self._renewed(session.refresh_token)
            elif not self._renewed(session.ensure_active_token):
                raise self._over()
            return self._library

    def _connect(self) -> Any:
        library = schwab_library().auth.client_from_access_functions(
            self._key.get_secret_value(), self._secret.get_secret_value(), self._file.read, self._file.write
        )
        self._door.lead_through(library.session)
        age = self._clock().timestamp() - library.token_metadata.creation_timestamp
        if age > _ENDS_SOON:
            log.warning("sign_in_ends_soon", source="schwab", days=round(age / 86_400, 1))
        return library

    def _renewed(self, ask: Callable[[], Any]) -> Any:
        """What a renewal of the token gives; where Schwab refuses it, words that say what to do."""
        try:
            return ask()
        except ProviderRefused as error:
            if error.answered not in (400, 401, 403):
                raise
        except self._library.session.oauth_error_class:
            pass
        except _UNKNOWN as error:
            raise ProviderRefused("schwab", f"it renews the sign-in in another form ({type(error).__name__})") from None
        raise self._over()

    def _over(self) -> ProviderRefused:
        """The sign-in is over; it is tried again when the file changes."""
        self._ended = self._file.state()
        return ProviderRefused("schwab", _SIGN_IN_AGAIN)


def schwab_library() -> ModuleType:
    """schwab-py, without what it makes its own libraries warn of at import: none of it is ours to act on."""
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("ignore")
        import schwab
        import schwab.auth
    found: ModuleType = schwab
    return found


def _is_cut(body: bytes) -> bool:
    """Whether Schwab says that it cut this chain short."""
    try:
        return json.loads(body).get("isChainTruncated") is True
    except (ValueError, AttributeError, RecursionError):
        return False  # whatever it is, parsing will say


def _days(body: bytes) -> list[date]:
    """The expirations of a list; none where it cannot be read."""
    try:
        return sorted({date.fromisoformat(each["expirationDate"]) for each in json.loads(body)["expirationList"]})
    except (ValueError, KeyError, TypeError, RecursionError):
        return []

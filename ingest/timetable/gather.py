"""Chains of many names, fetched side by side: the first source that answers rightly, for each name by itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import date

import structlog

from core.errors import DatabaseUnavailable, PlatformError, ProviderError, RefusedPayload, RobotFailed
from ingest.providers.skew import Skew
from ingest.sources import Fetcher, Payload, Raw, load
from ingest.sources.reading.near import marked, narrowed

log = structlog.get_logger()
_AT_ONCE = 4
Progress = Callable[[int, int], None]


def status_of(came: Sized, failed: Sized) -> str:
    """How a try ended: `done`, `partial` or `failed`."""
    return "done" if not failed else "partial" if came else "failed"


@dataclass(frozen=True)
class Held:
    """A payload that is not believed, of which source and name, and why."""

    source: str
    name: str
    raw: Raw
    refused: RefusedPayload


@dataclass
class Gathered:
    """What came of asking. found: name -> its bytes and what they say; failed: name -> the last reason; held: what came and was
    held back."""

    found: dict[str, tuple[Raw, Payload]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    fallback: set[str] = field(default_factory=set)
    calls: int = 0
    requests: int = 0

    @property
    def reason(self) -> str | None:
        """Why names failed, the commonest reason first."""
        said = sorted(set(self.failed.values()), key=lambda words: -list(self.failed.values()).count(words))
        return "; ".join(said[:3]) or None

    @property
    def status(self) -> str:
        """Of the try."""
        return status_of(self.found, self.failed)

    def hold_back(self, why: str) -> None:
        """Give up what was found; what else failed, failed for this."""
        self.failed, self.found, self.held = dict.fromkeys([*self.found, *self.failed], why), {}, []


def gather(
    names: Sequence[str],
    fetchers: Mapping[str, Fetcher],
    quote_session: date,
    nearest: int | None = None,
    progress: Progress | None = None,
    examine: Callable[[Payload], None] = lambda _payload: None,
    skew: Skew | None = None,
) -> Gathered:
    """Ask for each name, of the sources in order until one gives a payload of the session. Never raises for a name, only
    DatabaseUnavailable.

    examine: raises RefusedPayload for a payload that cannot be believed beside what is known. skew: nothing counts that was
    seen by a wrong clock.
    """
    gathered = Gathered()
    with ThreadPoolExecutor(_AT_ONCE, "gather") as pool:
        asked = {pool.submit(_one, name, fetchers, quote_session, nearest, examine): name for name in names}
        for done, future in enumerate(as_completed(asked), start=1):
            _take(gathered, asked[future], future.result(), primary=next(iter(fetchers), ""))
            if progress:
                progress(done, len(names))
    if skew is not None and (why := skew.refusal()):
        gathered.hold_back(why)
    return gathered


def gather_lists(
    source: str, slots: Sequence[str], bring: Callable[[Sequence[str]], Iterable[Raw | RobotFailed]], quote_session: date
) -> Gathered:
    """The lists of a source that drives a browser: slot -> its bytes and what they say; the others with their reasons."""
    gathered = Gathered(failed=dict.fromkeys(slots, "nothing was asked"))
    try:
        for slot, answer in zip(slots, bring(slots), strict=False):
            gathered.calls, gathered.requests = gathered.calls + 1, gathered.requests + 1
            _take_list(gathered, source, slot, answer, quote_session)
    except PlatformError as error:
        gathered.failed = dict.fromkeys(gathered.failed, f"{error.code}: {error}")
    return gathered


def _take_list(gathered: Gathered, source: str, slot: str, answer: Raw | RobotFailed, quote_session: date) -> None:
    if isinstance(answer, RobotFailed):
        gathered.failed[slot] = f"{answer.reason}: {answer}"
        return
    try:
        gathered.found[slot] = (answer, _parsed(source, answer, quote_session))
        gathered.failed.pop(slot)
    except RefusedPayload as refused:
        gathered.failed[slot] = f"{refused.reason}: {refused}"


@dataclass
class _Outcome:
    """What was found, of which source, why not of those asked before it, and what was held back."""

    found: tuple[Raw, Payload] | None = None
    source: str = ""
    whys: list[str] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)

    @property
    def why(self) -> str:
        """Why nothing was found."""
        return "; ".join(self.whys) or "no source is scheduled"


def _take(gathered: Gathered, name: str, outcome: _Outcome, primary: str) -> None:
    gathered.held += outcome.held
    if outcome.found is None:
        gathered.failed[name] = outcome.why
        return
    gathered.found[name] = outcome.found
    if outcome.source != primary:
        gathered.fallback.add(outcome.source)


def _one(
    name: str,
    fetchers: Mapping[str, Fetcher],
    quote_session: date,
    nearest: int | None,
    examine: Callable[[Payload], None],
) -> _Outcome:
    outcome = _Outcome()
    for source, fetcher in fetchers.items():
        try:
            raw = fetcher.fetch(name, nearest)
            raw = marked(raw) if nearest else raw
            try:
                outcome.found, outcome.source = (raw, _believed(source, raw, quote_session, examine)), source
                return outcome
            except RefusedPayload as refused:
                outcome.held.append(Held(source, name, raw, refused))
                raise
        except RefusedPayload as refused:
            outcome.whys.append(f"{source}: {refused.reason}: {refused}")
            log.warning("payload_held_back", source=source, name=name, reason=refused.reason)
        except DatabaseUnavailable:
            raise  # no fault of the source: the whole try is lost, and made up for
        except PlatformError as error:
            words = error.reason if isinstance(error, ProviderError) else error
            outcome.whys.append(f"{source}: {error.code}: {words}")
        except Exception as error:  # a fault of one source's client: the next source is asked, and the log tells us
            outcome.whys.append(f"{source}: failed: {type(error).__name__}")
            log.exception("fetch_failed", source=source, name=name)
    return outcome


def _believed(source: str, raw: Raw, quote_session: date, examine: Callable[[Payload], None]) -> Payload:
    payload = _parsed(source, raw, quote_session)
    examine(payload)
    return payload


def _parsed(source: str, raw: Raw, quote_session: date) -> Payload:
    """What the bytes say. Refused: `wrong_session` where they are of another one than was asked for."""
    found = load(source).parse(raw)
    payload = narrowed(raw, found if isinstance(found, Payload) else found[0])
    if payload.quote_session != quote_session:
        words = f"It is of session {payload.quote_session}, and {quote_session} was asked for."
        raise RefusedPayload("wrong_session", words)
    return payload

"""Chains of many names, fetched side by side: the first source that answers rightly, for each name by itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import date

import structlog

from core.errors import PlatformError, ProviderError, RefusedPayload, RobotFailed
from ingest.providers.skew import Skew
from ingest.sources import Fetcher, Payload, Raw, load
from ingest.sources.near import marked, narrowed

log = structlog.get_logger()
_AT_ONCE = 4
Progress = Callable[[int, int], None]


@dataclass
class Gathered:
    """What came of asking. found: name -> its bytes and what they say; failed: name -> the last reason."""

    found: dict[str, tuple[Raw, Payload]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    fallback: set[str] = field(default_factory=set)
    calls: int = 0
    requests: int = 0

    @property
    def reason(self) -> str | None:
        """Why names failed, the commonest reason first."""
        said = sorted(set(self.failed.values()), key=lambda words: -list(self.failed.values()).count(words))
        return "; ".join(said[:3]) or None

    def hold_back(self, why: str) -> None:
        """Give up what was found; what else failed, failed for this."""
        self.failed, self.found = dict.fromkeys([*self.found, *self.failed], why), {}


def gather(
    names: Sequence[str],
    fetchers: Mapping[str, Fetcher],
    quote_session: date,
    nearest: int | None = None,
    progress: Progress | None = None,
    skew: Skew | None = None,
) -> Gathered:
    """Ask for each name, of the sources in order until one gives a payload of the session. Never raises for a name.

    skew: nothing counts that was seen by a wrong clock.
    """
    gathered = Gathered()
    with ThreadPoolExecutor(_AT_ONCE, "gather") as pool:
        asked = {pool.submit(_one, name, fetchers, quote_session, nearest): name for name in names}
        for done, future in enumerate(as_completed(asked), start=1):
            _take(gathered, asked[future], *future.result(), primary=next(iter(fetchers), ""))
            if progress:
                progress(done, len(names))
    if skew is not None and (why := skew.refusal()):
        gathered.hold_back(why)
    return gathered


def gather_lists(
    slots: Sequence[str], bring: Callable[[Sequence[str]], Iterable[Raw | RobotFailed]], quote_session: date
) -> Gathered:
    """The lists of a source that drives a browser: slot -> its bytes and what they say; the others with their reasons."""
    gathered = Gathered(failed=dict.fromkeys(slots, "nothing was asked"))
    try:
        for slot, answer in zip(slots, bring(slots), strict=False):
            gathered.calls, gathered.requests = gathered.calls + 1, gathered.requests + 1
            _take_list(gathered, slot, answer, quote_session)
    except PlatformError as error:
        gathered.failed = dict.fromkeys(gathered.failed, f"{error.code}: {error}")
    return gathered


def _take_list(gathered: Gathered, slot: str, answer: Raw | RobotFailed, quote_session: date) -> None:
    if isinstance(answer, RobotFailed):
        gathered.failed[slot] = f"{answer.reason}: {answer}"
        return
    try:
        gathered.found[slot] = (answer, _parsed("barchart", answer, quote_session))
        gathered.failed.pop(slot)
    except RefusedPayload as refused:
        gathered.failed[slot] = f"{refused.reason}: {refused}"


Outcome = tuple[tuple[Raw, Payload] | None, str, str]
"""What was found, of which source, and why not."""


def _take(gathered: Gathered, name: str, found: tuple[Raw, Payload] | None, source: str, why: str, primary: str) -> None:
    if found is None:
        gathered.failed[name] = why
        return
    gathered.found[name] = found
    if source != primary:
        gathered.fallback.add(source)


def _one(name: str, fetchers: Mapping[str, Fetcher], quote_session: date, nearest: int | None) -> Outcome:
    why = "no source is scheduled"
    for source, fetcher in fetchers.items():
        try:
            raw = fetcher.fetch(name, nearest)
            raw = marked(raw) if nearest else raw
            return (raw, _parsed(source, raw, quote_session)), source, ""
        except RefusedPayload as refused:
            why = f"{source}: {refused.reason}: {refused}"
            log.warning("payload_held_back", source=source, name=name, reason=refused.reason)
        except ProviderError as error:
            why = f"{source}: {error.code}: {error}"
        except PlatformError as error:
            why = f"{source}: {error.code}: {error}"
        except Exception as error:  # a fault of one source's client: the next source is asked, and the log tells us
            why = f"{source}: failed: {type(error).__name__}"
            log.exception("fetch_failed", source=source, name=name)
    return None, "", why


def _parsed(source: str, raw: Raw, quote_session: date) -> Payload:
    """What the bytes say. Refused: `wrong_session` where they are of another one than was asked for."""
    found = load(source).parse(raw)
    payload = narrowed(raw, found if isinstance(found, Payload) else found[0])
    if payload.quote_session != quote_session:
        words = f"It is of session {payload.quote_session}, and {quote_session} was asked for."
        raise RefusedPayload("wrong_session", words)
    return payload

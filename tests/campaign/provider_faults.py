"""R8: providers fail in every way, by every way they are asked: attempts as promised, and an end within the deadline."""

from typing import Any

from tests.campaign._stores import count_row
from tests.ingest.providers.clients import KEY
from tests.ingest.providers.ways import DEADLINE, WAYS, Outcome, ask_all
from tests.standins.faults import Fault, Faulty, faulty_provider, product, sample

COVERS = ("R8",)
_SILENT = [(way, Fault("timeout", "200", "html", number)) for number, way in enumerate(WAYS)]


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    with faulty_provider() as provider:
        faults = product() if full else sample(0.03, seed=8)
        outcomes, logged = ask_all(provider, [(way, fault) for fault in faults for way in WAYS], read_timeout=10.0)
    with faulty_provider(silence=60) as provider:
        silent, more = ask_all(provider, _SILENT, read_timeout=1.0)
    return [*_ends(outcomes + silent), _secrets(outcomes + silent, logged + more), *(_drips() if full else [])]


def _ends(outcomes: list[Outcome]) -> list[dict[str, Any]]:
    wrong = [outcome for outcome in outcomes if not outcome.right]
    for outcome in wrong[:20]:
        print(f"  {outcome}")
    once = sum(outcome.fault.attempts == 1 for outcome in outcomes)
    what = f"calls with other than 1 attempt ({once} refused or whole) or 5 ({len(outcomes) - once} passing), by {len(WAYS)} ways"
    late = sum(outcome.seconds > DEADLINE for outcome in outcomes)
    return [count_row("R8", what, len(wrong)), count_row("R8", f"of {len(outcomes)} calls, ended after {DEADLINE:g} s", late)]


def _secrets(outcomes: list[Outcome], logged: str) -> dict[str, Any]:
    told = sum(KEY in outcome.words for outcome in outcomes) + logged.count(KEY)
    return count_row("R8", "messages and log lines that hold a key", told)


def _drips() -> list[dict[str, Any]]:
    """One byte a second, in true time."""
    with faulty_provider() as provider:
        outcomes = _dripping(provider)
    ended = sum(outcome.end == "unreachable" for outcome in outcomes)
    slowest = max(outcome.seconds for outcome in outcomes)
    what = f"longest of {len(outcomes)} calls at one byte a second, {ended} ended unreachable [s]"
    met = slowest <= DEADLINE and ended == len(outcomes)
    return [{"bar": "R8", "what": what, "figure": round(slowest, 2), "target": f"{DEADLINE:g} or less", "met": met}]


def _dripping(provider: Faulty) -> list[Outcome]:
    kinds = ((way, toxic) for way in WAYS for toxic in ("slow_head", "slow_body") if (way, toxic) != ("yfinance", "slow_head"))
    return ask_all(provider, [(way, Fault(toxic, "200", "html")) for way, toxic in kinds])[0]

"""What the settings ask the collector to do: which sources, in which order, for which names."""

from dataclasses import dataclass

from core.names import names
from core.settings import Settings
from core.sources import ABOUT, REFERENCE, VENUES, lacking, scheduled


@dataclass(frozen=True)
class Plan:
    """chains: sources of chains, the first is asked and the others stand in for it; lists: of reported changes; venues: of
    futures; waiting: source -> what it lacks before it can run; reference: sources of what chains are read with."""

    chains: tuple[str, ...]
    lists: tuple[str, ...]
    venues: tuple[str, ...]
    names: tuple[str, ...]
    waiting: dict[str, str]
    reference: tuple[str, ...] = ()

    def of(self, holds: str) -> tuple[str, ...]:
        """Sources of one kind of rows."""
        return self.chains if holds == "chains" else self.lists


def plan(settings: Settings) -> Plan:
    """The plan of the settings. SettingsError for a source that nobody knows or that cannot be fetched."""
    listed = scheduled(settings)
    about = [ABOUT[name] for name in listed if name in ABOUT]
    waiting = {each.source: words for each in about if (words := each.by_hand or lacking(each, settings))}
    ready = [name for name in listed if name not in waiting]
    by_kind = {
        holds: tuple(name for name in ready if name in ABOUT and ABOUT[name].holds == holds) for holds in ("chains", "changes")
    }
    venues = tuple(name for name in ready if name in VENUES)
    reference = tuple(name for name in ready if name in ABOUT and ABOUT[name].holds in REFERENCE)
    return Plan(by_kind["chains"], by_kind["changes"], venues, names(settings.symbols), waiting, reference)

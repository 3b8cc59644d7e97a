"""What may be published, and what is kept aside when the parts of a session disagree.

A contract that the files of a session name with different open interest is kept aside in all of them, from the moment at which
both figures were known; rows that a file keeps aside by itself count too. Where two slots name it with equal open interest, the
row known first stays and the other is kept aside, so that nothing counts twice. So what a slot shows can change when another
slot's file is known: it is stored again then, without the row, as a load with that moment's stamp. All of this is a function of
the files alone; the order in which they came makes no difference.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from core.errors import RefusedPayload
from ingest.sources import Payload
from ingest.staging.loads import AMBIGUOUS, Held, Version

REPEATED = "repeated_in_set"
_MOST = 2**31 - 1
_COUNTED = ("strike_milli", "volume", "open_interest", "oi_change")


@dataclass(frozen=True)
class Part:
    """What one file says of one slot of a session.

    rows: contract id -> (open interest, line number), at least of contracts in doubt. aside: contract id -> open interests of
    rows that the file keeps aside by itself. own: the lines that the file alone leaves in doubt.
    """

    slot: str
    payload: str
    known_at: datetime
    withdrawn_at: datetime | None
    rows: Mapping[int, tuple[int, int]]
    aside: Mapping[int, frozenset[int]] = field(default_factory=dict)
    own: Held = frozenset()
    stored: bool = True


class _Stamped(Protocol):
    @property
    def slot(self) -> str: ...
    @property
    def known_at(self) -> datetime: ...
    @property
    def withdrawn_at(self) -> datetime | None: ...


_Item = TypeVar("_Item", bound=_Stamped)


def check(payload: Payload) -> None:
    """Refuse a payload whose rows are not all accounted for, or do not fit the store."""
    if payload.rows_in != len(payload.rows) + len(payload.quarantined) + payload.duplicates:
        raise RefusedPayload("unaccounted_rows", "Rows in are not the rows published, kept aside and repeated together.")
    if payload.holds in ("prices", "bars"):  # their counts have room, and there are too many of them to look at each
        return
    for name in (name for name in _COUNTED if name in payload.rows.columns):
        if len(payload.rows) and int(payload.rows[name].abs().max() or 0) > _MOST:  # type: ignore[arg-type]
            raise RefusedPayload("out_of_range", f"{name} is larger than can be stored.")


def changes(parts: Sequence[Part], stored: Sequence[Version]) -> tuple[list[Version], list[int]]:
    """(loads to store, loads stored again before that are wrong by now), so that each moment shows what was known then."""
    wanted = timeline(parts)
    shown, right = {version.shown for version in stored}, {version.shown for version in wanted}
    wrong = [version for version in stored if version.again and version.shown not in right]
    missing = [version for version in wanted if version.shown not in shown]
    return missing, [version.load_id for version in wrong if version.load_id is not None]


def timeline(parts: Sequence[Part]) -> list[Version]:
    """The loads that these files ask for, oldest moment first; whatever was stored before makes no difference."""
    versions: list[Version] = []
    begun: set[int] = set()
    for moment in sorted(_moments(parts)):
        now = visible(parts, moment)
        held = _held(now)
        for slot, part in now.items():
            begins = id(part) not in begun
            begun.add(id(part))
            stamp = part.known_at if begins else moment
            version = Version(slot, part.payload, stamp, part.withdrawn_at, held[slot], again=part.stored or not begins)
            seen = visible(versions, moment).get(slot)
            if begins or seen is None or seen.content != version.content:
                versions.append(version)
    return versions


def _moments(items: Iterable[Part]) -> set[datetime]:
    return {moment for item in items for moment in (item.known_at, item.withdrawn_at) if moment is not None}


def visible(items: Iterable[_Item], moment: datetime) -> dict[str, _Item]:
    """The item that a reader sees of each slot; the same rule as the function visible_loads of the schema."""
    seen: dict[str, _Item] = {}
    for item in items:
        if item.known_at > moment or (item.withdrawn_at is not None and item.withdrawn_at <= moment):
            continue
        if item.slot not in seen or not _before(item, seen[item.slot]):
            seen[item.slot] = item
    return seen


def _before(item: _Stamped, other: _Stamped) -> bool:
    """Whether `item` yields to `other`: an older stamp, or the same one and not withdrawn (or later) where `other` is."""
    if item.known_at != other.known_at:
        return item.known_at < other.known_at
    if other.withdrawn_at is None:
        return False
    return item.withdrawn_at is None or item.withdrawn_at > other.withdrawn_at


def _held(now: Mapping[str, Part]) -> dict[str, Held]:
    """Lines kept aside in each slot: its own, those of contracts with two open interests, and repeats of a row known before."""
    levels: dict[int, set[int]] = {}
    for part in now.values():
        for contract, said in part.aside.items():
            levels.setdefault(contract, set()).update(said)
        for contract, (level, _) in part.rows.items():
            levels.setdefault(contract, set()).add(level)
    held: dict[str, Held] = {}
    shown: set[int] = set()
    for slot, part in sorted(now.items(), key=lambda each: (each[1].known_at, each[0])):
        clear = {contract: line for contract, (_, line) in part.rows.items() if len(levels[contract]) == 1}
        doubtful = {(line, AMBIGUOUS) for contract, (_, line) in part.rows.items() if contract not in clear}
        held[slot] = part.own | doubtful | {(line, REPEATED) for contract, line in clear.items() if contract in shown}
        shown |= part.rows.keys()
    return held

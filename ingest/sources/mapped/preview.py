"""What a mapping would make of a file, before anything is stored."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ingest.sources import Payload, Raw
from ingest.sources.mapped import Opened, parse
from ingest.sources.mapped.spec import Mapping

_FIRST = 5
_LOADS = 20


@dataclass(frozen=True)
class Load:
    """One payload: the rows of a slot and session."""

    slot: str
    session_date: str
    quote_session: str
    known_at: str
    rows: int


@dataclass(frozen=True)
class Preview:
    """A mapping and, where there is a file, what it would make of it. first_rows: what is known of them, as to be stored."""

    mapping: str
    date_rule: str
    rows_in: int = 0
    published: int = 0
    duplicates: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    payloads: int = 0
    loads: list[Load] = field(default_factory=list)
    first_rows: list[dict[str, Any]] = field(default_factory=list)
    first_quarantined: list[dict[str, Any]] = field(default_factory=list)


def preview(mapping: Mapping, raw: Raw | None = None) -> Preview:
    """What a mapping says, and what it makes of a file. RefusedPayload where it would be refused."""
    if raw is None:
        return Preview(mapping.name, mapping.about.date_rule)
    payloads = parse(mapping, Opened(raw))
    aside = [row for each in payloads for row in each.quarantined.iter_rows(named=True)]
    return Preview(
        mapping.name,
        mapping.about.date_rule,
        rows_in=sum(each.rows_in for each in payloads),
        published=sum(len(each.rows) for each in payloads),
        duplicates=sum(each.duplicates for each in payloads),
        quarantined=dict(Counter(row["reason"] for row in aside)),
        payloads=len(payloads),
        loads=[_load(each) for each in payloads[:_LOADS]],
        first_rows=[_known(row) for row in payloads[0].rows.head(_FIRST).iter_rows(named=True)],
        first_quarantined=aside[:_FIRST],
    )


def _load(payload: Payload) -> Load:
    days = payload.session_date.isoformat(), payload.quote_session.isoformat()
    return Load(payload.slot, *days, payload.known_at.isoformat(), len(payload.rows))


def _known(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}

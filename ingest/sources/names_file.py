"""Names of companies and funds, of a file that somebody keeps; docs/reference_data.md has the columns.

    symbol,name,asset_class,known_at
    ACME,Acme Corporation,stock,2026-11-01

The file counts as a whole: a newer one takes the place of the one before. Its names come before those of any list.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from ingest.sources import Payload, Raw
from ingest.sources.reading.facts import BadFact, Fact, facts, instant, one_of, payloads, symbol, table, word

CLASSES = ("stock", "etf", "index")
_REQUIRED = ("symbol", "name", "asset_class", "known_at")


def recognises(content: bytes) -> bool:
    """By its header."""
    header = content[:300].split(b"\n")[0]
    return all(name.encode() in header for name in _REQUIRED)


def parse(raw: Raw) -> list[Payload]:
    """All names as one payload. Refused: `schema_drift`, `cut_in_row`, `several_files`, `no_rows`, `bad_stamp`."""
    told = facts(table(raw, _REQUIRED), partial(_fact, received_at=raw.received_at), ("symbol",))
    return payloads(raw, "names_file", "names", told, lambda row: "names")


def _fact(cells: Mapping[str, str], received_at: datetime) -> Fact:
    known_at = instant(cells, "known_at", received_at)
    if known_at is None:
        raise BadFact("missing:known_at")
    kind = one_of(cells, "asset_class", CLASSES) if cells["asset_class"] else None
    return {"symbol": symbol(cells), "name": word(cells, "name"), "asset_class": kind, "known_at": known_at}

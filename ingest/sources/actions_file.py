"""Dividends and splits of a file that somebody keeps, a line a fact; docs/reference_data.md has the columns.

    symbol,kind,ex_date,amount,ratio,known_at
    ACME,dividend,2026-11-07,0.26,,2026-10-30T16:30-04:00
    ACME,split,2026-06-10,,10,2026-05-22

`amount` is in dollars for a share of then, not divided by later splits. Each fact stands by itself: a file that lacks it takes
nothing back, and a line with a later `known_at` corrects it.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from ingest.sources import Payload, Raw
from ingest.sources.reading.facts import BadFact, Fact, day, facts, known, number, one_of, payloads, symbol, table

MOST_DOLLARS, MOST_RATIO = 100_000.0, 100_000.0
_REQUIRED, _OPTIONAL = ("symbol", "kind", "ex_date"), ("amount", "ratio", "known_at")
KEY = ("symbol", "kind", "ex_date")


def recognises(content: bytes) -> bool:
    """By its header."""
    header = content[:300].split(b"\n")[0]
    return b"|" not in header and all(name.encode() in header for name in _REQUIRED)


def parse(raw: Raw) -> list[Payload]:
    """One payload a fact. Refused: `schema_drift`, `cut_in_row`, `several_files`, `no_rows`, `bad_stamp`."""
    told = facts(table(raw, _REQUIRED, _OPTIONAL), partial(_fact, received_at=raw.received_at), (*KEY, "known_at"))
    return payloads(raw, "actions_file", "actions", told, _slot, alone=True)


def _slot(row: Fact) -> str:
    return f"{row['symbol']} {row['kind']} {row['ex_date']}"


def _fact(cells: Mapping[str, str], received_at: datetime) -> Fact:
    kind = one_of(cells, "kind", ("dividend", "special", "split"))
    amount, ratio = number(cells, "amount", MOST_DOLLARS), number(cells, "ratio", MOST_RATIO)
    if kind == "split" and (ratio is None or amount is not None):
        raise BadFact("missing:ratio" if ratio is None else "bad_value:amount")
    if kind != "split" and ratio is not None:
        raise BadFact("bad_value:ratio")
    ex_date = day(cells, "ex_date")
    return {"symbol": symbol(cells), "kind": kind, "ex_date": ex_date, "amount": amount, "ratio": ratio,
            "quoted": ratio or amount, "known_at": known(cells, ex_date, received_at)}  # fmt: skip

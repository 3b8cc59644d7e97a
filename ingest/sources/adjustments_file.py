"""Memos of the clearing house on adjusted contracts, of a file that somebody keeps; docs/reference_data.md has the columns.

    memo,symbol,root,kind,effective,deliverable,multiplier,known_at
    58645,ACME,ACME1,merger,2026-11-16,"33 shares of NEWCO and 412.50 dollars",100,2026-11-12

Memos are documents without a form that a program could read for sure, so somebody reads them. One memo may adjust several roots.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from ingest.sources import Payload, Raw
from ingest.sources.reading.chain_rows import MOST_MULTIPLIER
from ingest.sources.reading.facts import BadFact, Fact, day, facts, known, number, one_of, payloads, symbol, table, word

KINDS = ("split", "merger", "special_dividend", "spin_off", "other")
_REQUIRED = ("memo", "symbol", "root", "kind", "effective", "deliverable")
_OPTIONAL = ("multiplier", "known_at")


def recognises(content: bytes) -> bool:
    """By its header."""
    header = content[:300].split(b"\n")[0]
    return all(name.encode() in header for name in _REQUIRED)


def parse(raw: Raw) -> list[Payload]:
    """One payload a memo. Refused: `schema_drift`, `cut_in_row`, `several_files`, `no_rows`, `bad_stamp`."""
    told = facts(table(raw, _REQUIRED, _OPTIONAL), partial(_fact, received_at=raw.received_at), ("memo", "root"))
    return payloads(raw, "adjustments_file", "adjustments", told, lambda row: f"memo {row['memo']}")


def _fact(cells: Mapping[str, str], received_at: datetime) -> Fact:
    memo, root, effective = word(cells, "memo", 12), word(cells, "root", 6).upper(), day(cells, "effective")
    if not memo.isascii() or not memo.isdigit():
        raise BadFact("bad_value:memo")
    if not root.isascii() or not root.isalnum():
        raise BadFact("bad_value:root")
    return {
        "symbol": symbol(cells), "memo": memo, "kind": one_of(cells, "kind", KINDS), "effective": effective, "root": root,
        "deliverable": word(cells, "deliverable", 1000), "multiplier": number(cells, "multiplier", MOST_MULTIPLIER),
        "known_at": known(cells, effective, received_at),
    }  # fmt: skip

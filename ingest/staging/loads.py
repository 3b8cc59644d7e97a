"""Loads on their way into tables: what one is, and how every module of this folder is handed them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from ingest.sources import Payload

Loads = Sequence[tuple[int, Payload, pl.DataFrame]]
"""Load id, payload and rows with contract ids of each load; those of contracts all of one session, or of one finished month."""
AMBIGUOUS = "ambiguous_contract"
Held = frozenset[tuple[int, str]]
"""Lines kept aside, each with its reason."""


@dataclass(frozen=True)
class Version:
    """A load: one file's rows for a slot, from `known_at` on, without the lines in `held`. `load_id`: where it stands already."""

    slot: str
    payload: str
    known_at: datetime
    withdrawn_at: datetime | None
    held: Held = frozenset()
    again: bool = False
    load_id: int | None = field(default=None, compare=False)

    @property
    def shown(self) -> tuple[object, ...]:
        """All that a reader can tell."""
        return self.known_at, *self.content

    @property
    def content(self) -> tuple[object, ...]:
        """The same without the moment from which on it shows."""
        return self.slot, self.payload, self.withdrawn_at, self.held

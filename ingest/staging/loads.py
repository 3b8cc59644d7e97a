"""Loads on their way into tables, as every module of this folder is handed them."""

from collections.abc import Sequence

import polars as pl

from ingest.sources import Payload

Loads = Sequence[tuple[int, Payload, pl.DataFrame]]
"""Load id, payload and rows with contract ids of each load; those of contracts all of one session, or of one finished month."""

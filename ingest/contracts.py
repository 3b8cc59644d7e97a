"""Contract ids for parsed rows: each contract is asked of the database once in an import, then remembered."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from core.vocabulary import MULTIPLIER
from db import write
from db.database import Database
from ingest.sources import KEY

_IDS = {"contract_id": pl.Int32, "underlying_id": pl.Int32}


class ContractIds:
    """The contracts met so far by one import."""

    def __init__(self, db: Database):
        self._db = db
        self._tickers: dict[str, int] = {}
        self._new_tickers: set[str] = set()
        self._known: pl.DataFrame | None = None

    def underlyings(self, symbols: pl.Series) -> pl.Series:
        """Ids of tickers, one for each row."""
        self._learn_tickers(symbols)
        return symbols.replace_strict(self._tickers, return_dtype=pl.Int32)

    def add_to(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows with `contract_id` and `underlying_id` beside, in the order given."""
        if rows.is_empty():
            return rows.with_columns(pl.lit(None, kind).alias(name) for name, kind in _IDS.items())
        wanted = rows.select(KEY)
        fresh = wanted.unique() if self._known is None else wanted.join(self._known, on=KEY, how="anti").unique()
        if len(fresh):
            self._learn(fresh)
        return rows.join(self._known, on=KEY, how="left", maintain_order="left")  # type: ignore[arg-type]

    def _learn_tickers(self, symbols: pl.Series) -> None:
        unknown = [symbol for symbol in symbols.unique().sort() if symbol not in self._tickers]
        if unknown:
            with self._db.transaction() as work:
                ids, added = write.underlying_ids(work, unknown)
            self._tickers |= ids
            self._new_tickers |= added

    def _learn(self, fresh: pl.DataFrame) -> None:
        """Look up or add contracts; committed at once, because a contract that nothing names yet harms nobody."""
        fresh = fresh.with_columns(underlying_id=self.underlyings(fresh["symbol"])).sort("underlying_id", *KEY[1:])
        ids = np.zeros(len(fresh), np.int32)
        with self._db.transaction() as work:
            work.execute("commit_lazily")
            asked = fresh.with_row_index("ordinal").filter(~pl.col("symbol").is_in(sorted(self._new_tickers)))
            if len(asked):  # a ticker that is new in this import has no contracts but those met in it
                ordinals, known = write.find_contracts(work, _csv(asked, write.WANTED_COLUMNS))
                ids[ordinals] = known
            added = ids == 0
            if added.any():
                ids[added] = write.next_contract_ids(work, int(added.sum()))
                new = fresh.with_columns(contract_id=pl.Series(ids)).filter(pl.Series(added))
                write.add_contracts(work, _csv(_described(new), write.CONTRACT_COLUMNS))
        learnt = fresh.with_columns(contract_id=pl.Series(ids, dtype=pl.Int32))
        self._known = learnt if self._known is None else pl.concat([self._known, learnt])


def _described(contracts: pl.DataFrame) -> pl.DataFrame:
    """What the listing tells of a contract: a hundred shares, unless an adjustment makes that unknown."""
    adjusted = pl.col("deliverable") == "adjusted"
    return contracts.with_columns(
        multiplier=pl.when(adjusted).then(None).otherwise(MULTIPLIER), exercise_style=pl.lit("american"), settlement=pl.lit("pm")
    )


def _csv(frame: pl.DataFrame, columns: Sequence[str]) -> bytes:
    return frame.select(columns).write_csv(include_header=False).encode()

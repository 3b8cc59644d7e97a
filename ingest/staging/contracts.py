"""Contract ids for parsed rows: each contract is asked of the database once in an import, then remembered."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from core.roots import LOTS, ROOTS
from core.vocabulary import MULTIPLIER
from db import write
from db.database import Database
from ingest.sources.frames import KEY

_IDS = {"contract_id": pl.Int32, "underlying_id": pl.Int32}
_STYLES = {root: about.exercise_style for root, about in ROOTS.items()}
_SETTLEMENTS = {root: about.settlement for root, about in ROOTS.items()}


class ContractIds:
    """The contracts of one market met so far by one import."""

    def __init__(self, db: Database, market: str = "US"):
        self._db, self.market = db, market
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
            self._learn(fresh, rows)
        return rows.join(self._known, on=KEY, how="left", maintain_order="left")  # type: ignore[arg-type]

    def _learn_tickers(self, symbols: pl.Series) -> None:
        unknown = [symbol for symbol in symbols.unique().sort() if symbol not in self._tickers]
        if unknown:
            with self._db.transaction() as work:
                ids, added = write.underlying_ids(work, unknown, self.market, LOTS[self.market])
            self._tickers |= ids
            self._new_tickers |= added

    def _learn(self, fresh: pl.DataFrame, rows: pl.DataFrame) -> None:
        """Look up or add contracts; committed at once, because a contract that nothing names yet harms nobody."""
        fresh = fresh.with_columns(underlying_id=self.underlyings(fresh["symbol"])).sort("underlying_id", *KEY[1:])
        ids = np.zeros(len(fresh), np.int32)
        with self._db.transaction() as work:
            work.execute("commit_lazily")
            asked = fresh.with_row_index("ordinal").filter(~pl.col("symbol").is_in(sorted(self._new_tickers)))
            if len(asked):  # a ticker that is new in this import has no contracts but those met in it
                ordinals, known = write.find_contracts(work, _csv(asked, write.WANTED_COLUMNS), self.market)
                ids[ordinals] = known
            added = ids == 0
            if added.any():
                ids[added] = write.next_contract_ids(work, int(added.sum()))
                new = fresh.with_columns(contract_id=pl.Series(ids)).filter(pl.Series(added))
                write.add_contracts(work, _csv(self._described(new, rows), write.CONTRACT_COLUMNS))
        learnt = fresh.with_columns(contract_id=pl.Series(ids, dtype=pl.Int32))
        self._known = learnt if self._known is None else pl.concat([self._known, learnt])

    def _described(self, contracts: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """What each contract delivers and how it is exercised: from the source, else from its root, else unknown."""
        if "multiplier" in rows.columns:
            said = rows.select(*KEY, "multiplier").unique(KEY, keep="first")
            contracts = contracts.join(said, on=KEY, how="left", maintain_order="left")
        else:
            contracts = contracts.with_columns(multiplier=pl.lit(None, pl.Float64))
        if self.market != "US":
            return contracts.with_columns(exercise_style=pl.lit("european"), settlement=pl.lit(None, pl.String))
        usual = pl.when(pl.col("deliverable") != "adjusted").then(float(MULTIPLIER))
        return contracts.with_columns(
            multiplier=pl.coalesce("multiplier", usual),
            exercise_style=pl.col("root").replace_strict(_STYLES, default="american"),
            settlement=pl.col("root").replace_strict(_SETTLEMENTS, default="pm"),
        )


class Markets(dict[str, ContractIds]):
    """The contracts met so far by one import, by market."""

    def __init__(self, db: Database):
        super().__init__()
        self._db = db

    def __missing__(self, market: str) -> ContractIds:
        return self.setdefault(market, ContractIds(self._db, market))


def _csv(frame: pl.DataFrame, columns: Sequence[str]) -> bytes:
    return frame.select(columns).write_csv(include_header=False).encode()

"""Whether a chain as a whole can be: by its own prices, whatever the source."""

import random
from datetime import date

import polars as pl
import pytest

from core.errors import RefusedPayload
from ingest.sources.reading.sanity import FEWEST, examine
from tests.ingest.sources.samples.market import market

DAY = date(2025, 9, 19)
SEEN = market(random.Random(6), strikes=21, expirations=5, symbol="AAPL", session=DAY, moment=1)
ROWS = pl.DataFrame(
    {
        "root": each.root, "expiration": each.expiration, "strike_milli": round(each.strike * 1000), "right": each.right,
        "deliverable": "standard", "bid": each.bid, "ask": each.ask, "last": each.last, "mark": (each.bid + each.ask) / 2,
        "iv": each.iv or None, "gamma": each.gamma, "theta": each.theta, "vega": each.vega, "volume": float(each.volume),
        "traded": each.traded,
    }
    for each in SEEN.contracts
)  # fmt: skip


def reason_of(rows, spot=SEEN.spot):
    try:
        examine(rows, DAY, spot)
    except RefusedPayload as refused:
        return refused.reason
    return None


def times(factor, *names):
    return ROWS.with_columns(pl.col(name) * factor for name in names)


def test_a_sound_chain_passes_with_and_without_a_price_of_the_underlying():
    assert (reason_of(ROWS), reason_of(ROWS, None)) == (None, None)


def test_last_trades_do_where_nothing_is_quoted():
    unquoted = ROWS.with_columns(bid=pl.lit(0.0), ask=pl.lit(0.0), mark=pl.lit(None, pl.Float64))
    assert reason_of(unquoted) is None
    assert reason_of(unquoted.with_columns(pl.col("last") * 100)) == "units_changed"


@pytest.mark.parametrize("factor", [0.01, 0.1, 10, 100])
@pytest.mark.parametrize("names", [("bid", "ask"), ("iv",), ("gamma",), ("theta",), ("vega",)])
def test_other_units_are_seen(names, factor):
    assert reason_of(times(factor, *names)) == "units_changed"


@pytest.mark.parametrize("factor", [0.01, 100])
def test_an_underlying_in_other_units_is_seen(factor):
    assert reason_of(ROWS, SEEN.spot * factor) == "units_changed"


def test_swapped_rights_are_seen():
    assert (
        reason_of(ROWS.with_columns(right=pl.when(pl.col("right") == "C").then(pl.lit("P")).otherwise(pl.lit("C"))))
        == "sides_swapped"
    )


def test_swapped_quotes_are_seen():
    assert reason_of(ROWS.rename({"bid": "ask", "ask": "bid"})) == "quotes_swapped"


@pytest.mark.parametrize(("share", "reason"), [(0.15, None), (0.3, "quotes_swapped")])
def test_some_quotes_may_be_crossed(share, reason):
    crossed = ROWS.with_row_index().with_columns(
        bid=pl.when(pl.col("index") < share * len(ROWS)).then(pl.col("ask") + 1).otherwise("bid")
    )
    assert reason_of(crossed) == reason


def test_volume_that_does_not_fit_the_trades_is_seen():
    assert reason_of(ROWS.with_columns(volume=pl.lit(3.0))) == "counts_disagree"
    assert reason_of(ROWS.drop("traded").with_columns(volume=pl.lit(3.0))) is None


def test_few_rows_prove_nothing():
    assert reason_of(times(100, "bid", "ask").head(FEWEST - 6), None) is None


def test_contracts_from_before_a_split_condemn_no_chain():
    """Yahoo keeps them listed: strikes far away, with prices of a year ago."""
    ghosts = ROWS.with_columns(pl.col("strike_milli") * 10)
    assert reason_of(pl.concat([ROWS, ghosts])) is None

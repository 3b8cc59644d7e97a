"""The simulated market keeps the identities of a real one, looks like the real lists, and is the same for the same seed."""

from datetime import UTC, date, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from analytics import flow
from benchmarks import simulated_shape
from core import sessions
from core.errors import RefusedPayload
from ingest.sources import Payload, Raw, recognise, simulated
from ingest.sources.frames import KEY, QUARANTINE_SCHEMA, SCHEMAS
from ingest.sources.simulated.names import NAMES
from ingest.sources.simulated.stories import HEDGE, HEDGE_SESSIONS, NEW_POSITION, ROLL

SEED, LAST = 11, date(2026, 11, 19)
SUMS = ("call_open_interest", "put_open_interest", "call_oi_change", "put_oi_change", "call_volume", "put_volume")


@cache
def market() -> tuple[Payload, ...]:
    return tuple(simulated.parse(raw) for raw in simulated.make_market(SEED, LAST))


@cache
def lists() -> pl.DataFrame:
    return simulated_shape.lists(list(market()))


@cache
def chains() -> list[Payload]:
    return [payload for payload in market() if payload.source == "simulated_chain"]


def test_the_same_seed_gives_the_same_bytes():
    once, again = ([raw.body for raw in simulated.make_market(3, LAST, sessions=8, names=5)] for _ in range(2))
    assert once == again
    assert once != [raw.body for raw in simulated.make_market(4, LAST, sessions=8, names=5)]


def test_a_payload_is_recognised_by_its_content():
    raw = next(simulated.make_market(3, LAST, sessions=1, names=2))
    assert recognise(Raw("", "any.name", raw.body, raw.received_at)) is simulated


@pytest.mark.parametrize("damage", [lambda body: body[:-7], lambda body: simulated.MAGIC + b"{", lambda body: simulated.MAGIC])
def test_a_damaged_payload_is_refused(damage):
    raw = next(simulated.make_market(3, LAST, sessions=1, names=2))
    with pytest.raises(RefusedPayload):
        simulated.parse(Raw("", "x", damage(raw.body), raw.received_at))


def test_the_last_session_is_the_latest_whose_lists_are_stamped():
    assert simulated.last_session(datetime(2026, 11, 20, 21, 44, tzinfo=UTC)) == date(2026, 11, 19)
    assert simulated.last_session(datetime(2026, 11, 20, 21, 45, tzinfo=UTC)) == date(2026, 11, 20)
    assert simulated.last_session(datetime(2026, 11, 27, 18, 45, tzinfo=UTC)) == date(2026, 11, 27)  # a half day


def test_there_are_ninety_sessions_of_the_exchange_and_sixty_four_names():
    days = sorted({payload.quote_session for payload in market()})
    assert days == sessions.sessions_between(days[0], LAST)
    assert len(days) == len(chains()) == 90
    assert set(lists()["symbol"]) == {name.symbol for name in NAMES}
    assert len(NAMES) == len({name.symbol for name in NAMES}) == 64


def test_every_payload_has_the_declared_columns_and_clocks():
    for payload in market():
        assert payload.rows.schema == SCHEMAS[payload.holds]
        assert payload.quarantined.schema == QUARANTINE_SCHEMA
        assert payload.session_date == sessions.previous_session(payload.quote_session)
        assert payload.volume_final == (payload.known_at >= sessions.closes(payload.quote_session))


def test_exactly_one_session_lacks_a_list_and_the_last_ten_are_final():
    slots = lists().group_by("quote_session").agg(pl.col("slot").n_unique(), pl.col("final").all()).sort("quote_session")
    assert slots["slot"].to_list().count(3) == 1
    assert slots["slot"].to_list().count(4) == 89
    assert slots["final"].tail(10).all()
    assert 5 <= (~slots["final"]).sum() <= 9


def test_lists_are_screened_and_split_like_real_ones():
    rows = lists()
    assert rows["volume"].min() >= 500
    assert rows["open_interest"].min() >= 100
    assert rows["last"].min() >= 0.10
    assert rows.filter(pl.col("slot").str.ends_with("increase"))["oi_change"].min() > 100
    assert rows.filter(pl.col("slot").str.ends_with("decrease"))["oi_change"].max() < 100
    assert rows.select(*KEY, "quote_session").is_duplicated().sum() == 0


def test_open_interest_is_the_session_before_plus_the_change():
    rows, days = lists(), sorted(lists()["quote_session"].unique())
    following = dict(pairwise(days))
    held = rows.select(*KEY, "open_interest", quote_session=pl.col("quote_session").replace_strict(following, default=None))
    pairs = rows.join(held, on=[*KEY, "quote_session"], suffix="_before")
    assert len(pairs) > 100_000
    assert (pairs["open_interest"] - pairs["open_interest_before"]).equals(pairs["oi_change"], check_names=False)


def test_no_change_exceeds_the_final_volume_that_made_it():
    rows, days = lists(), sorted(lists()["quote_session"].unique())
    following = dict(pairwise(days))
    traded = rows.filter(pl.col("final")).select(
        *KEY, "volume", quote_session=pl.col("quote_session").replace_strict(following, default=None)
    )
    pairs = rows.join(traded, on=[*KEY, "quote_session"], suffix="_before")
    reason = flow.opening_bounds(pairs["oi_change"], pairs["volume_before"], True)[4]
    assert len(pairs) > 100_000
    assert set(reason) == {""}


def test_nothing_expired_is_listed_and_expirations_are_sessions():
    rows = lists()
    assert (rows["expiration"] >= rows["quote_session"]).all()
    near = rows.filter(pl.col("expiration") <= LAST)["expiration"].unique()
    assert all(sessions.is_session(day) for day in near)


def test_sums_of_a_chain_hold_the_rows_on_the_lists():
    listed = lists().filter(pl.col("quote_session") == LAST)
    call = pl.col("right") == "C"
    sums = listed.group_by("symbol", "expiration").agg(pl.col("open_interest").filter(call).sum(), contracts=pl.len())
    both = chains()[-1].expirations.join(sums, on=["symbol", "expiration"], suffix="_listed")
    assert len(both) == len(sums)
    assert (both["call_open_interest"] >= both["open_interest"]).all()
    assert (both["contracts"] >= both["contracts_listed"]).all()


@pytest.mark.parametrize("column", SUMS)
def test_ticker_sums_are_the_sums_of_their_expirations(column):
    for payload in chains():
        summed = payload.expirations.group_by("symbol").agg(pl.col(column).sum()).sort("symbol")
        assert summed[column].equals(payload.daily.sort("symbol")[column])


def test_prices_are_continuous_and_bars_hold_open_and_close():
    prices = pl.concat(payload.prices.with_columns(day=pl.lit(payload.quote_session)) for payload in chains())
    moves = prices.sort("symbol", "day").select(
        (pl.col("close") / pl.col("close").shift(1).over("symbol")).log().abs().alias("move")
    )
    assert moves["move"].max() < 0.26
    assert (prices["high"] >= prices.select(pl.max_horizontal("open", "close")).to_series()).all()
    assert (prices["low"] <= prices.select(pl.min_horizontal("open", "close")).to_series()).all()


@pytest.mark.parametrize("measure", simulated_shape.REFERENCE)
def test_the_market_has_the_shape_of_real_lists(measure):
    real, made = simulated_shape.REFERENCE[measure], shape()[measure]
    if simulated_shape.is_share(measure):
        assert made == pytest.approx(real, abs=simulated_shape.TOLERANCE_OF_SHARES)
    else:
        assert made == pytest.approx(real, rel=simulated_shape.TOLERANCE_OF_FIGURES, abs=0.02)


@cache
def shape() -> simulated_shape.Shape:
    return simulated_shape.shape(lists())


@pytest.mark.parametrize("folder", [simulated_shape.REAL] if simulated_shape.REAL.exists() else [], ids=["real"])
def test_the_reference_is_what_the_real_files_say(folder):
    measured = simulated_shape.shape(simulated_shape.most_listed(simulated_shape.real_lists()))
    assert measured == pytest.approx(simulated_shape.REFERENCE, rel=1e-3)


def test_a_large_new_position_shows_in_the_latest_session():
    largest = lists().filter((pl.col("quote_session") == LAST) & (pl.col("symbol") == NEW_POSITION)).sort("oi_change").tail(1)
    assert largest["oi_change"].item() == 58_400
    assert (largest["oi_change"] / largest["open_interest"]).item() > 0.8


def test_a_roll_closes_one_month_and_opens_the_next():
    day = sessions.previous_session(LAST)
    rolled = lists().filter((pl.col("quote_session") == day) & (pl.col("symbol") == ROLL) & (pl.col("oi_change").abs() > 39_000))
    assert sorted(rolled["oi_change"]) == [-39_800, 41_200]
    assert rolled.sort("oi_change")["expiration"].is_sorted()


def test_a_hedge_programme_adds_puts_session_after_session():
    puts = lists().filter((pl.col("symbol") == HEDGE) & (pl.col("right") == "P") & pl.col("oi_change").is_between(6_000, 9_000))
    assert puts.group_by("expiration", "strike_milli").len()["len"].max() >= HEDGE_SESSIONS


@pytest.mark.parametrize("measure", simulated_shape.REFERENCE)
def test_the_page_about_the_market_holds_the_figures_of_today(measure):
    page = (Path(__file__).parents[3] / "docs" / "simulated_market.md").read_text()
    line = next(line for line in page.splitlines() if line.startswith(f"| {measure} |"))
    real, made = (float(figure.replace(",", "")) for figure in line.strip("| ").split(" | ")[-2:])
    assert real == pytest.approx(simulated_shape.REFERENCE[measure], rel=0.01)
    assert made == pytest.approx(shape()[measure], rel=0.02, abs=0.001)

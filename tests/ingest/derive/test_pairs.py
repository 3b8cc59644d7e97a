"""Which two chains a change is read from: a reader finds among the loads what he would choose among the chains."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingest.derive.pairs import pairs

DAYS = (date(2026, 11, 2), date(2026, 11, 3))
BEGIN = datetime(2026, 11, 2, 12, tzinfo=UTC)
MOMENTS = 12


def moment(hour):
    return BEGIN + timedelta(hours=hour)


@st.composite
def histories(draw):
    """Loads of two sources over two sessions, some withdrawn again, in the order in which the database gives them."""
    loads = []
    for load_id in range(draw(st.integers(0, 8))):
        source = draw(st.sampled_from(("cboe", "yahoo")))
        known = draw(st.integers(0, MOMENTS - 1))
        withdrawn = draw(st.none() | st.integers(known + 1, MOMENTS))
        loads.append(
            {
                "load_id": load_id,
                "source": source,
                "preference": {"cboe": 20, "yahoo": 40}[source],
                "slot": "AAPL",
                "session_date": draw(st.sampled_from(DAYS)),
                "known_at": moment(known),
                "withdrawn_at": None if withdrawn is None else moment(withdrawn),
            }
        )
    never = moment(MOMENTS + 1)
    return sorted(loads, key=lambda load: (load["known_at"], -(load["withdrawn_at"] or never).timestamp(), load["load_id"]))


def seen(loads, at):
    """What `visible_loads` answers of loads: the latest that is known and not withdrawn, of equals the one that ends first."""
    there = [load for load in loads if load["known_at"] <= at and (load["withdrawn_at"] is None or load["withdrawn_at"] > at)]
    return there[-1] if there else None


def chosen(loads, at):
    """The pair that somebody would take who sees the chains."""
    for source in ("cboe", "yahoo"):
        now, before = (seen([x for x in loads if (x["source"], x["session_date"]) == (source, day)], at) for day in DAYS[::-1])
        if now and before:
            return now["load_id"], before["load_id"]
    return None


@given(histories())
def test_a_reader_finds_at_each_moment_the_pair_that_he_would_choose(loads):
    found = pairs(loads, [DAYS[1]])
    as_loads = [{"known_at": each.known_at, "withdrawn_at": each.withdrawn_at, "inputs": each.inputs} for each in found]
    for hour in range(MOMENTS + 2):
        read = seen(as_loads, moment(hour))
        assert (read["inputs"] if read else None) == chosen(loads, moment(hour))

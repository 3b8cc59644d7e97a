"""The address is the view: filters round-trip, and hostile words change nothing."""

import random
import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from core.access import FEATURES, Tier
from usecases.filters import MONEYNESS, MOST_DTE, NEW_POSITIONS, TRADED, Filters

HOSTILE = (  # words that no control ever writes
    "' OR 1=1 --", "1; DROP TABLE loads", "nan", "inf", "-inf", "1e400",
    "<script>alert(1)</script>", "\x00", "../../etc/passwd", "9" * 400,
    "٣", "2023-13-45", "2023-09-28T00:00:00", "=cmd()", "0x10", "1_000",
    "365-0", "a-b", "--", "true", "None", "💥", "%00", "C'--",
)  # fmt: skip


def any_filters(seed):
    chance = random.Random(seed)
    day = date(2023, 4, 25) + timedelta(days=chance.randrange(900))
    low = chance.randrange(MOST_DTE)
    return Filters(
        session=chance.choice([None, day]),
        market=chance.choice(["all", "stock", "etf"]),
        right=chance.choice(["both", "C", "P"]),
        dte=(low, chance.randrange(low, MOST_DTE + 1)),
        traded=tuple(code for code in TRADED if chance.random() < 0.4),
        ticker=chance.choice([None, "SPY", "BRK.B", "BTCC-B.TO", "$SPX", "^VIX"]),
        min_change=chance.randrange(100_000),
        moneyness=tuple(label for label in MONEYNESS if chance.random() < 0.5),
        min_premium=round(chance.random() * 1e7, 2),
        flagged=chance.random() < 0.5,
        listed_since=chance.choice([None, day]),
        share_new=round(chance.random(), 3),
        as_of=chance.choice([None, datetime(2023, 9, 29, 12, 0, chance.randrange(60), tzinfo=UTC)]),
    )


@pytest.mark.parametrize("start", [Filters(), NEW_POSITIONS], ids=["changes", "new_positions"])
def test_a_thousand_random_filters_come_back_from_their_address(start):
    for seed in range(1000):
        filters = any_filters(seed)
        words = dict(parse_qsl(urlsplit(filters.address("changes", start)).query, keep_blank_values=True))
        assert Filters.from_query(words, start) == filters


def test_defaults_are_left_out_of_the_address():
    assert Filters().address("changes") == "/changes"
    assert NEW_POSITIONS.address("new_positions", NEW_POSITIONS) == "/new_positions"
    assert Filters(ticker="SPY", traded=(2, 1)).address("changes") == "/changes?traded=2%2C1&ticker=SPY"


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_words_are_ignored_in_every_place(word):
    for name in (*Filters().query(any_filters(1)), "session", "unknown"):
        found = Filters.from_query({name: word})
        assert found == Filters() or (name == "ticker" and re.fullmatch(r"[A-Z0-9.^$/-]+", found.ticker))


def test_words_outside_a_range_stay_inside_it():
    found = Filters.from_query(
        {"dte": "0-99999", "share_new": "7", "min_change": "-5", "traded": "2,2,9", "moneyness": "OTM,<b>"}
    )
    assert (found.dte, found.share_new, found.min_change, found.traded, found.moneyness) == (
        (0, MOST_DTE),
        1.0,
        0,
        (2,),
        ("OTM",),
    )


def test_a_free_visitor_has_neither_history_nor_another_moment():
    limits = FEATURES["changes"].tiers[Tier.FREE]
    asked = any_filters(3)
    clamped = asked.clamped(limits)
    assert (clamped.session, clamped.as_of, clamped.listed_since, clamped.flagged) == (None, None, None, False)
    assert (clamped.right, clamped.dte, clamped.min_change) == (asked.right, asked.dte, asked.min_change)
    assert asked.clamped(FEATURES["changes"].tiers[Tier.PREMIUM]) == asked

"""One form for every number and date."""

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from webapp.look import formats

UNKNOWNS = [None, float("nan"), np.nan, pd.NA, pd.NaT, float("inf")]


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (7, "7"), (868, "868"), (999, "999"), (999.6, "1.00K"), (1000, "1.00K"), (9_996, "10.0K"), (59_300, "59.3K"),
     (99_960, "100K"), (479_000, "479K"), (999_600, "1.00M"), (1_151_000, "1.15M"), (3.4e9, "3.40B"), (-42_900, "−42.9K")],
)  # fmt: skip
def test_short_counts_keep_three_figures(number: float, text: str):
    assert formats.short(number) == text


@pytest.mark.parametrize(("number", "text"), [(40_000, "40K"), (950, "950"), (0, "0"), (1_250_000, "1.25M"), (2.5e9, "2.5B")])
def test_counts_on_buttons_have_no_needless_zeros(number: float, text: str):
    assert formats.trimmed(number) == text


@pytest.mark.parametrize(("number", "text"), [(59_300, "+59.3K"), (-42_900, "−42.9K"), (0, "0")])
def test_changes_carry_their_sign(number: float, text: str):
    assert formats.signed(number) == text


@pytest.mark.parametrize(("number", "text"), [(868_000, "$868K"), (9_410_000, "$9.41M"), (3_400_000_000, "$3.40B"), (-5, "−$5")])
def test_money_puts_the_dollar_first(number: float, text: str):
    assert formats.money(number) == text


def test_percent_has_a_narrow_space_and_moves_a_decimal():
    assert (formats.share(0.92), formats.move(0.1234), formats.move(-0.05), formats.iv(0.456)) == (
        "92\u202f%", "+12.3\u202f%", "−5.0\u202f%", "45.6\u202f%",
    )  # fmt: skip


@pytest.mark.parametrize(("number", "text"), [(177.5, "177.5"), (45.0, "45"), (1000, "1,000"), (2.125, "2.125")])
def test_strikes_have_no_needless_zeros(number: float, text: str):
    assert formats.strike(number) == text


@pytest.mark.parametrize("value", UNKNOWNS, ids=str)
@pytest.mark.parametrize(
    "form",
    [
        formats.short,
        formats.full,
        formats.signed,
        formats.money,
        formats.share,
        formats.move,
        formats.iv,
        formats.decimal,
        formats.strike,
    ],
)
def test_unknown_is_a_dash_and_never_zero(form, value):
    assert form(value) == "–"


def test_dates_and_times_are_said_as_agreed():
    day, at = date(2023, 9, 28), datetime(2026, 11, 20, 11, 47, tzinfo=UTC)
    assert (formats.day(day), formats.day_table(day), formats.day_axis(day)) == ("Thu 28 Sep 2023", "28 Sep 23", "28 Sep")
    assert formats.clock(at) == "Fri 20 Nov 06:47 ET"


@pytest.mark.parametrize(
    ("code", "text"),
    [(2, "▲▲ Above ask"), (1, "▲ Ask side"), (0, "• At mid"), (-1, "▼ Bid side"), (-2, "▼▼ Below bid"), (pd.NA, "– Not known")],
)
def test_traded_is_a_glyph_and_words(code, text):
    assert formats.traded(code) == text

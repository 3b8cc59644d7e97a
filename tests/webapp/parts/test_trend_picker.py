"""The contract picker in words."""

from dataclasses import replace

import pytest

from tests.webapp import made
from usecases import trend_words
from webapp.parts import trend_picker

VIEW = made.trend(1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "AVEX 18 Dec 26  430 C"),
        ({"contract": replace(VIEW.contract, deliverable="adjusted")}, "AVEX 18 Dec 26  430 C adjusted"),
        ({"contract": None, "right": "P"}, "AVEX puts"),
        ({"contract": None, "right": None}, "AVEX"),
    ],
)
def test_the_title_names_the_series(changes, words):
    assert trend_picker.heading(replace(VIEW, **changes)) == words


def test_every_range_and_line_has_its_words():
    assert list(trend_picker.MONTHS) == [str(months) for months in trend_words.MONTHS]
    assert list(trend_picker.MONTHS.values()) == ["1 month", "2 months", "6 months", "1 year", "5 years"]
    assert trend_picker.LINES == {"iv": "IV", "delta": "Delta", "last": "Last"}

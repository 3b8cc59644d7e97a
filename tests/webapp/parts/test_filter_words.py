"""Filters in words: on chips, and on the button that loosens one."""

from dataclasses import fields

import pytest

from usecases.filters import Filters
from webapp.parts import filter_words


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("min_change", 40_000, "Lower size to 40K"),
        ("min_change", 0, "Any size"),
        ("min_premium", 360_000.0, "Lower premium to $360K"),
        ("share_new", 0.95, "Lower share new to 95\u202f%"),
        ("dte", (1, 9), "Widen days to 1–9"),
        ("dte", Filters().dte, "Widen days to 0–365"),
        ("traded", (), "Any side"),
        ("market", "all", "Stocks and ETFs"),
        ("ticker", None, "All tickers"),
    ],
)
def test_the_button_says_what_is_loosened(name, value, words):
    assert filter_words.loosened((name, value)) == words


@pytest.mark.parametrize("name", [field.name for field in fields(Filters)])
def test_every_filter_has_its_words(name):
    assert filter_words.chip(name, getattr(Filters(), name))


def test_the_empty_answer_names_all_that_is_set():
    assert filter_words.in_words(Filters(right="P", traded=(2, -2)), Filters()) == "Puts, ▲▲ Above ask, ▼▼ Below bid"
    assert filter_words.in_words(Filters(), Filters()) == "none"

"""The glossary explains every column, every label and every flag, in the words of the product."""

import re

import pytest

from core.reasons import Reason
from core.vocabulary import COLUMNS, FLAGS
from usecases.glossary import GROUPS, REASONS, entries

ENTRIES = {entry.name: entry for entry in entries()}
NEVER = re.compile(r"\b(bought by|smart money|whale|bullish|bearish|guaranteed|real time)\b", re.I)


@pytest.mark.parametrize("name", COLUMNS)
def test_every_column_is_in_the_glossary_with_the_same_words(name):
    entry, column = ENTRIES[name], COLUMNS[name]
    assert (entry.term, entry.unit) == (column.title, column.unit)
    assert (entry.meaning, entry.formula, entry.caveat) == (column.meaning, column.formula, column.caveat)


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_every_entry_is_a_plain_sentence_without_promises(entry):
    assert entry.group in GROUPS
    assert entry.meaning[0].isupper()
    assert not entry.meaning.endswith(".")
    words = f"{entry.meaning} {entry.formula} {entry.caveat}"
    assert not NEVER.search(words)
    assert "!" not in words


def test_names_are_unique_so_that_links_are_too():
    assert len(entries()) == len(ENTRIES)


def test_every_flag_and_label_is_explained():
    assert {*FLAGS, "late"} <= set(ENTRIES)
    assert {"above_ask", "ask_side", "at_mid", "bid_side", "below_bid", "not_known"} <= set(ENTRIES)


def test_reasons_are_explained_as_in_the_database(unwritten):
    with unwritten.app_premium.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("SELECT code, meaning FROM reasons")
        stored = dict(cursor.fetchall())
    assert {code: f"{REASONS[code]}." for code in stored} == stored
    assert {reason.name.lower() for reason in Reason} == set(stored)

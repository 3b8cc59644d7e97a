"""Words of others in the store: what no text of PostgreSQL holds is written down so that it can be read."""

import json
from datetime import UTC, date, datetime

import pytest

from db import collection
from db.words import as_json, storable

AT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "kept"), [("a\0b", r"a\x00b"), ("a\ud800b", r"a\ud800b"), ("é😀", "é😀"), (r"a\u0000b", r"a\u0000b"), ("", "")]
)
def test_words_are_kept_or_spelt_out(words, kept):
    assert storable(words) == kept
    assert json.loads(as_json([{words: [words, 1, None, True]}])) == [{kept: [kept, 1, None, True]}]


def test_instants_of_rows_are_text(databases):
    assert json.loads(as_json({"at": AT, "name": "\0"})) == {"at": str(AT), "name": r"\x00"}


@pytest.mark.parametrize("words", ["Massive says \0", "Massive says \ud800"])
def test_a_try_ends_whatever_the_provider_said(databases, words):
    run = collection.begin_run(databases.ingest, "scan", "massive", date(2026, 11, 20), AT, AT, 1)
    collection.end_run(databases.ingest, run, AT, "failed", words)
    [row] = databases.ingest.dicts("run_list", duty=None, source=None, session=None, most=1)
    assert (row["status"], row["reason"]) == ("failed", storable(words))

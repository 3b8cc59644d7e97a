"""Files whose words no database can hold: the odd file is kept with what can be read of it, and the others go in beside it."""

import json
import os
import random

import pytest

from ingest.inbox import take_inbox
from ingest.pipeline import import_bodies
from tests.ingest.importing import NOW, bring, whole_set
from tests.ingest.sources.samples import cboe
from tests.ingest.test_inbox import drop, names, soon

UNSTORABLE = [("\0", r"\x00"), ("\ud800", r"\ud800")]


def chain(words):
    """A chain of which one contract has another key."""
    told = json.loads(cboe.make(random.Random(1)).body)
    told["data"]["options"][0][words] = 5
    return json.dumps(told).encode()


@pytest.mark.parametrize(("words", "kept"), UNSTORABLE)
def test_a_key_that_nobody_knows_is_noted(databases, tmp_path, words, kept):
    report = bring(databases.ingest, tmp_path, ("chain.json", chain(f"{words}x")), *whole_set())
    assert (report.refused, report.sessions) == (0, 2)
    [load] = databases.ingest.dicts("load_list", source="cboe", state=None, session_date=None, most=2)
    assert load["detail"] == f"New in this format: {kept}x."


@pytest.mark.parametrize(("words", "kept"), UNSTORABLE)
def test_what_a_provider_says_of_its_refusal_is_noted(databases, tmp_path, words, kept):
    body = json.dumps({"status": "NOT_AUTHORIZED", "message": f"no{words}", "results": []}).encode()
    assert import_bodies(databases.ingest, tmp_path, [("no.json", body)], NOW, "massive").refused == 1
    [load] = databases.ingest.dicts("refused_loads", reason=None, most=2)
    assert load["detail"] == f"Massive says NOT_AUTHORIZED: no{kept}"


def test_a_key_by_which_we_mark_records_is_a_repeated_one(databases, tmp_path):
    report = bring(databases.ingest, tmp_path, ("chain.json", chain("\0repeated")))
    assert (report.refused, report.reasons["repeated_key"]) == (0, 1)


def test_a_name_that_is_no_text_holds_nobody_up(databases, tmp_path):
    drop(tmp_path, *whole_set())
    with open(os.fsencode(tmp_path / "inbox") + b"/\xff.csv", "wb") as file:
        file.write(b"<html>")
    take_inbox(databases.ingest, tmp_path, soon)
    assert (len(names(tmp_path, "done")), len(names(tmp_path, "refused"))) == (4, 2)
    [load] = databases.ingest.dicts("refused_loads", reason=None, most=2)
    assert load["file_name"] == r"\udcff.csv"

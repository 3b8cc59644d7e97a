"""The commands about collecting, as a person types them."""

import logging

import pytest

from cli.collecting import DUTIES, _calls_not_logged, _not_come, _words
from db import collection
from ingest.providers import client
from ingest.timetable.ask import Asked
from ingest.timetable.duties import EVERY
from tests.ingest.importing import NOW, SESSION


@pytest.fixture
def tried(databases):
    """One try of the collector."""
    collection.begin_run(databases.ingest, "scan", "cboe", SESSION, NOW(), NOW(), 44)


def test_a_list_of_tries_without_a_row_says_why(oiflow, databases):
    assert oiflow("runs").stdout.startswith("Nothing was tried yet.")
    assert oiflow("runs", "--duty", "scan").stdout.startswith("No try fits these filters;")


def test_a_filter_that_nothing_can_fit_is_named_with_those_that_are_there(oiflow, tried):
    assert "cboe" in oiflow("runs", "--duty", "scan", "--source", "cboe").stdout
    for words in (("runs", "--duty", "nonsense"), ("runs", "--source", "nonsense"), ("gaps", "--source", "nonsense")):
        ran = oiflow(*words)
        assert (ran.returncode, ran.stdout, "nonsense" in ran.stderr) == (2, "", True)
    assert "okx" in ran.stderr


def test_every_duty_of_the_timetable_can_be_asked_for():
    assert set(EVERY) < set(DUTIES)


def asked(names, failed, reason):
    return Asked("cboe", SESSION, names, 3, 0, 0, 0, 0, 0, 0, 0, 3, 9, None, 1.0, reason, failed)


def test_a_reason_stands_once_with_the_names_that_did_not_come():
    failed = {"SPY": "cboe: no way", "AAPL": "cboe: no way", "QQQ": "cboe: late"}
    assert _not_come(failed) == ["  not come: AAPL, SPY: cboe: no way", "  not come: QQQ: cboe: late"]
    assert _words(asked(1, failed, "cboe: no way; cboe: late")).count("no way") == 1


def test_where_nothing_came_standard_error_alone_says_why():
    told = _words(asked(0, {"SPY": "cboe: no way", "AAPL": "cboe: no way", "QQQ": "cboe: late"}, "cboe: no way"))
    assert "no way" not in told
    assert "not come: QQQ: cboe: late" in told


def test_while_a_command_collects_the_log_does_not_say_again_which_calls_failed(caplog):
    with _calls_not_logged():
        logging.getLogger(client.__name__).warning("provider_call_failed")
    logging.getLogger(client.__name__).warning("provider_left_alone")
    assert [record.message for record in caplog.records] == ["provider_left_alone"]


def test_of_many_names_the_first_twenty_are_told():
    assert _not_come({f"N{number:02}": "late" for number in range(25)})[-1] == "  and 5 more; --json lists all"

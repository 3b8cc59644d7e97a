"""No source answers: told once with every reason, tried again and again."""

from core.errors import ProviderDown
from tests.ingest.timetable.driven import Moving, Source, at, collecting
from usecases.collection import runs


def test_without_any_answer_it_says_so_once_and_keeps_trying(databases, capsys):
    moving = Moving(at("17:30"))
    source = Source(moving)
    source.silent = {"*"}
    work = collecting(databases, moving, cboe=source)
    for minutes in (0, 1, 1, 2, 4):
        moving.on(minutes)
        work.tick()
    assert capsys.readouterr().out.count("no_source_answers") == 1
    assert len(runs(databases.app_admin, duty="start")) >= 3
    assert "no whole reply" in work.trouble


def test_why_no_source_answers_stays_told_while_all_are_left_alone(databases):
    moving = Moving(at("17:30"))
    source, other = Source(moving), Source(moving)
    source.silent = other.silent = {"*"}
    work = collecting(databases, moving, cboe=source, yahoo=other)
    work.tick()
    told = work.trouble
    assert told.endswith("Cboe delayed quotes: no whole reply (ConnectError); Yahoo Finance: no whole reply (ConnectError)")
    source.fetch = other.fetch = left_alone
    moving.on(5)
    work.tick()
    assert work.trouble == told


def left_alone(_name, _nearest=None):
    raise ProviderDown("cboe", "it is left alone for 60 s")


def test_what_is_asked_for_is_told_before_the_first_answer(databases):
    moving, seen = Moving(at("17:30")), []
    source = Source(moving)
    work = collecting(databases, moving, cboe=source)
    fetch = source.fetch
    source.fetch = lambda *words: seen.append(dict(work.doing)) or fetch(*words)
    work.tick()
    assert (seen[0]["duty"], seen[0]["done"]) == ("start", 0)

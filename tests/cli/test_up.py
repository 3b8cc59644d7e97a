"""What `oiflow up` says of its database."""

from types import SimpleNamespace

import pytest

from cli.up import _CUT, _GONE, _Database
from core.errors import DatabaseUnavailable
from core.settings import Settings
from db import embedded


@pytest.fixture
def database(tmp_path, monkeypatch):
    """An embedded database of which the test says whether it answers; starting it does nothing."""
    monkeypatch.setattr(embedded, "start", lambda home: None)
    made = _Database(Settings(_env_file=None, oiflow_home=tmp_path, database_url=""))
    made.answers = False

    def ping(_name):
        if not made.answers:
            raise DatabaseUnavailable

    made._probe = SimpleNamespace(value=ping)
    return made


@pytest.mark.parametrize(("runs", "words"), [(True, _CUT), (False, _GONE)])
def test_only_a_server_that_is_gone_is_told_as_started_again(database, runs, words, monkeypatch, capsys):
    monkeypatch.setattr(embedded, "running", lambda home: runs)
    database.check()
    database.check()
    assert capsys.readouterr().out == f"  {words}\n"


def test_it_is_told_anew_once_it_has_answered(database, monkeypatch, capsys):
    monkeypatch.setattr(embedded, "running", lambda home: False)
    for database.answers in (False, True, False):
        database.check()
    assert capsys.readouterr().out.count(_GONE) == 2

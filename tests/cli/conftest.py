"""The command as a person types it, on databases of the test's own."""

import sys
from types import SimpleNamespace

import pytest

import cli
from core.clock import frozen
from core.settings import LOGINS
from tests.ingest.importing import NOW


@pytest.fixture
def environment(settings, demo_databases):
    """What the command finds around it; both databases stand, so that it has none to make."""
    passwords = {f"{login.upper()}_PASSWORD": getattr(settings, f"{login}_password").get_secret_value() for login in LOGINS}
    return passwords | {"DATABASE_URL": settings.database_url.get_secret_value(), "OIFLOW_HOME": str(settings.oiflow_home)}


@pytest.fixture
def oiflow(environment, settings, monkeypatch, capsys):
    """Run the command within this process: what it prints and its exit code."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("cli.signal.signal", lambda *_: None)
    monkeypatch.setattr("cli.log.configure", lambda *_: None)
    monkeypatch.setattr("core.clock.system_clock", frozen(NOW()))
    settings.oiflow_home.mkdir(mode=0o700)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["oiflow", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return SimpleNamespace(returncode=ended.value.code or 0, stdout=printed.out, stderr=printed.err)

    return run

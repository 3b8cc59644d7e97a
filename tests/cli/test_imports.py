"""The commands import, withdraw and quarantine as a person types them."""

import json
import os
import subprocess
import sys

from core.settings import LOGINS
from tests.ingest.importing import whole_set


def oiflow(settings, *words):
    """Run the command against the test's database."""
    passwords = {f"{login.upper()}_PASSWORD": getattr(settings, f"{login}_password").get_secret_value() for login in LOGINS}
    own = {"DATABASE_URL": settings.database_url.get_secret_value(), "OIFLOW_HOME": str(settings.oiflow_home)}
    return subprocess.run(
        [sys.executable, "-m", "cli", *words], env=os.environ | passwords | own, capture_output=True, text=True, check=False
    )


def drop(folder, *bodies):
    folder.mkdir()
    for name, body in bodies:
        (folder / name).write_bytes(body)
    return str(folder)


def test_import_answers_in_json_and_nothing_else(settings, tmp_path):
    ran = oiflow(settings, "import", drop(tmp_path / "drop", *whole_set()), "--json")
    found = json.loads(ran.stdout)
    assert ran.returncode == 0
    assert found["rows_in"] == found["published"] + found["quarantined"] + found["duplicates"] == 48


def test_import_of_refused_files_alone_fails_with_the_reason(settings, tmp_path):
    ran = oiflow(settings, "import", drop(tmp_path / "drop", ("page.csv", b"<html>sign in</html>")))
    assert ran.returncode == 1
    assert "page.csv: sign_in_page" in ran.stderr
    listed = json.loads(oiflow(settings, "quarantine", "--reason", "sign_in_page", "--json").stdout)
    assert [each["file_name"] for each in listed["files"]] == ["page.csv"]


def test_a_missing_path_is_one_clear_line(settings):
    ran = oiflow(settings, "import", "no/such/folder")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "oiflow: There is no file or folder no/such/folder." in ran.stderr


def test_withdraw_and_undo(settings, tmp_path):
    oiflow(settings, "import", drop(tmp_path / "drop", *whole_set()[:1]))
    assert "withdrawn" in oiflow(settings, "withdraw", "1", "--why", "wrong day").stdout
    assert oiflow(settings, "withdraw", "1", "--why", "again").returncode == 1
    assert "restored" in oiflow(settings, "withdraw", "1", "--undo").stdout
    assert oiflow(settings, "withdraw", "1").returncode == 2

"""The command that checks a mapping, and an import that uses one."""

import json

from tests.ingest.sources import mapped_files as files
from tests.ingest.sources.test_mapping_files import TABLE, WHOLE


def written(folder, name, body):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    return str(path)


def test_a_sound_mapping_says_what_its_dates_mean_and_where_it_belongs(oiflow, settings, tmp_path):
    folder = settings.oiflow_home / "mappings"
    ran = oiflow("mapping", "check", written(tmp_path, "acme.toml", WHOLE))
    assert (ran.returncode, ran.stderr) == (0, "")
    first = "acme has no fault. Dated by Day: open interest of the session before.\n"
    assert ran.stdout == f"{first}To import with it, put it into {folder}/.\n"
    ran = oiflow("mapping", "check", written(folder, "acme.toml", WHOLE))
    assert ran.stdout == f"{first}It lies where imports look for it.\n"


def test_a_file_that_nothing_knows_says_where_own_mappings_are_looked_for(oiflow, settings, tmp_path):
    path = written(tmp_path, "acme.csv", "Sym,Exp\n1,2\n")
    assert "Own mappings are read from OIFLOW_HOME/mappings/; none found there." in oiflow("import", path).stderr
    written(settings.oiflow_home / "mappings", "acme.toml", WHOLE)
    told = oiflow("import", path, "--source", "nobody").stderr
    assert "Own mappings are read from OIFLOW_HOME/mappings/; acme found there." in told


def test_faults_are_named_and_the_command_fails(oiflow, tmp_path):
    ran = oiflow("mapping", "check", written(tmp_path, "acme.toml", WHOLE.replace("label =", "lable =", 1)))
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "did you mean label?" in ran.stderr


def test_a_file_is_shown_as_it_would_be_stored(oiflow, tmp_path):
    names = written(tmp_path, "acme.toml", WHOLE), written(tmp_path, "acme.csv", TABLE.body.replace(b",2,19", b",x,19"))
    told = oiflow("mapping", "check", *names).stdout
    assert "6 rows in 1 part: 4 would be published, 2 kept aside, 0 repeated." in told
    assert "line 6: bad_number:open_interest: ABCD" in told
    assert "strike_milli 90000" in told
    assert json.loads(oiflow("mapping", "check", *names, "--json").stdout)["published"] == 4


def test_a_file_that_would_be_refused_says_why(oiflow, tmp_path):
    ran = oiflow("mapping", "check", written(tmp_path, "acme.toml", WHOLE), written(tmp_path, "acme.csv", "Sym,Exp\n1,2\n"))
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "As acme, the header lacks CP, Day, K, OI." in ran.stderr


def test_a_missing_file_is_one_clear_line(oiflow):
    assert "There is no file nowhere.toml." in oiflow("mapping", "check", "nowhere.toml").stderr


def test_import_uses_what_ships_and_ones_own(oiflow, settings, tmp_path):
    made = files.yahoo_2025(files.chain())
    written(settings.oiflow_home / "mappings", "acme.toml", WHOLE)
    paths = written(tmp_path, made.file_name, made.body), written(tmp_path, "acme.csv", TABLE.body)
    assert "2 files, 0 refused, 2 sessions published" in oiflow("import", *paths).stdout


def test_import_reads_a_file_as_of_the_mapping_that_is_named(oiflow, settings, tmp_path):
    written(settings.oiflow_home / "mappings", "acme.toml", WHOLE)
    written(settings.oiflow_home / "mappings", "other.toml", WHOLE)
    path = written(tmp_path, "acme.csv", TABLE.body)
    assert "acme, other fit equally well: choose one with --source" in oiflow("import", path).stderr
    assert "There is no source named 'nobody'; there are" in oiflow("import", path, "--source", "nobody").stderr
    assert "1 file, 0 refused, 1 session published" in oiflow("import", path, "--source", "other").stdout

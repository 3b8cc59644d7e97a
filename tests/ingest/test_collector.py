"""The collector: one leads, does what the web asked for, and hands over to the next."""

from dataclasses import dataclass

import pytest

from core.errors import DatabaseFull, DatabaseUnavailable, DiskFull
from db import services
from ingest.collector import Collector
from ingest.schedule import JOBS, scheduler
from tests.ingest.importing import NOW, file, whole_set
from usecases import operations


@dataclass(frozen=True)
class Admin:
    email: str = "admin@example.com"
    demo: bool = False


@pytest.fixture
def start(settings, databases, demo_databases):
    """Makes collectors for the real market, and closes them."""
    made = []

    def start():
        made.append(Collector(settings.model_copy(update={"oiflow_demo": False}), NOW))
        return made[-1]

    yield start
    for collector in made:
        collector.close()


@pytest.fixture
def collector(start):
    leading = start()
    leading.lead()
    return leading


def run(collector, *jobs):
    for job in jobs:
        collector.actions()[job]()


def last_request(databases):
    return databases.app_admin.dicts("request_list", most=1)[0]


def test_of_two_collectors_one_leads_and_the_other_takes_over(start):
    first, second = start(), start()
    run(first, "lead")
    run(second, "lead")
    assert (first.leading, second.leading) == (True, False)
    first.close()
    run(second, "lead")
    assert second.leading


def test_collector_that_waits_does_nothing(collector, start, databases):
    operations.request_import(databases.app_admin, Admin(), *file())
    waiting = start()
    run(waiting, "lead", "requests", "beat")
    assert last_request(databases)["state"] == "waiting"
    assert not databases.worker.rows("services_alive")


def test_upload_becomes_published_rows_and_its_bytes_leave_the_request(collector, databases):
    for name, body in whole_set():
        operations.request_import(databases.app_admin, Admin(), name, body)
    run(collector, "requests")
    asked = operations.requests(databases.app_admin)
    assert set(asked["state"]) == {"done"}
    assert sum(answer["published"] for answer in asked["answer"]) == 48
    assert asked["size_bytes"].isna().all()


def test_upload_that_is_no_file_of_a_source_is_answered_with_the_reason(collector, databases):
    operations.request_import(databases.app_admin, Admin(), "page.csv", b"<html><form>Sign in</form></html>")
    run(collector, "requests")
    assert last_request(databases)["answer"]["refusals"][0]["reason"] == "sign_in_page"


def test_withdrawal_and_its_undoing_are_done(collector, databases):
    operations.request_import(databases.app_admin, Admin(), *file())
    run(collector, "requests")
    load = int(operations.loads(databases.app_admin)["load_id"][0])
    operations.request_withdrawal(databases.app_admin, Admin(), load, "wrong day")
    run(collector, "requests")
    assert list(operations.loads(databases.app_admin)["state"]) == ["withdrawn"]
    operations.request_undo(databases.app_admin, Admin(), load)
    run(collector, "requests")
    assert list(operations.loads(databases.app_admin)["state"]) == ["published"]


def test_request_that_cannot_be_done_fails_with_words(collector, databases):
    operations.request_import(databases.app_admin, Admin(), *file())
    run(collector, "requests")
    load = int(operations.loads(databases.app_admin)["load_id"][0])
    for _ in range(2):
        operations.request_withdrawal(databases.app_admin, Admin(), load, "wrong day")
    run(collector, "requests")
    assert last_request(databases)["state"] == "failed"
    assert "Load 1 is withdrawn" in last_request(databases)["answer"]["message"]


def test_request_of_a_dead_collector_waits_again_and_is_done_once(collector, start, databases):
    operations.request_import(databases.app_admin, Admin(), *file())
    assert services.take_request(databases.ingest) is not None
    collector.close()
    run(start(), "lead", "requests")
    assert last_request(databases)["state"] == "done"
    assert list(operations.loads(databases.app_admin)["state"]) == ["published"]


def test_fault_in_a_request_is_told_without_its_detail(collector, databases, monkeypatch):
    operations.request_import(databases.app_admin, Admin(), *file())
    monkeypatch.setattr("ingest.pipeline.import_bodies", lambda *_: 1 / 0)
    run(collector, "requests")
    answer = last_request(databases)["answer"]
    assert answer["code"] == "error"
    assert "division" not in answer["message"]


@pytest.mark.parametrize("fault", [DiskFull, DatabaseFull])
def test_an_upload_waits_while_a_disk_is_full_and_the_log_says_so_once(collector, databases, monkeypatch, capsys, fault):
    operations.request_import(databases.app_admin, Admin(), *file())

    def full(*_):
        raise fault

    with monkeypatch.context() as broken:
        broken.setattr("ingest.pipeline.import_bodies", full)
        run(collector, *["lead", "requests"] * 3)
    assert capsys.readouterr().out.count("goes on by itself once there is space") == 1
    run(collector, "lead", "requests")
    assert last_request(databases)["state"] == "done"


def test_database_that_is_away_makes_the_collector_lead_anew(collector, databases, monkeypatch):
    operations.request_import(databases.app_admin, Admin(), *file())

    def away(*_):
        raise DatabaseUnavailable

    with monkeypatch.context() as broken:
        broken.setattr("ingest.pipeline.import_bodies", away)
        run(collector, "requests")
    assert last_request(databases)["state"] == "running"
    assert not collector.leading
    run(collector, "lead", "requests")
    assert last_request(databases)["state"] == "done"


def test_inbox_file_is_imported_and_moved(collector, settings, databases):
    name, body = file()
    (settings.oiflow_home / "inbox" / name).write_bytes(body)
    collector.clock = lambda: NOW().replace(year=2100)
    run(collector, "inbox")
    assert (settings.oiflow_home / "inbox" / "done" / name).exists()
    assert list(operations.loads(databases.app_admin)["state"]) == ["published"]


def test_folders_for_what_people_bring_are_made_at_the_start(collector, settings):
    for name in ("inbox", "mappings"):
        assert (settings.oiflow_home / name).stat().st_mode & 0o777 == 0o700


def test_heartbeat_stands_in_both_databases(collector, databases, demo_databases):
    run(collector, "beat")
    for database in (databases, demo_databases):
        assert [row[0] for row in database.worker.rows("services_alive")] == ["collector"]


def test_collector_is_ready_when_it_leads(start):
    collector = start()
    assert not collector.ready().ready
    run(collector, "lead")
    assert collector.ready().ready


def test_every_job_of_the_table_has_an_action(collector):
    made = scheduler(collector.actions())
    assert set(collector.actions()) == {job.name for job in JOBS}
    assert {job.misfire_grace_time for job in made.get_jobs()} == {None}

"""The worker: says that it lives, and deletes what has run out."""

import threading
from datetime import timedelta

import pytest

from core.clock import frozen, system_clock
from core.errors import DatabaseUnavailable
from usecases import accounts, housekeeping
from worker.__main__ import Worker


@pytest.fixture
def worker(settings, databases, demo_databases):
    made = Worker(settings)
    yield made
    for database in (*made.databases, *made.accounts):
        database.close()


def test_heartbeat_stands_in_both_databases(worker, databases, demo_databases):
    worker.beat()
    for database in (databases, demo_databases):
        assert [row[0] for row in database.worker.rows("services_alive")] == ["worker"]


def test_links_that_ran_out_long_ago_are_deleted_and_fresh_ones_stay(databases):
    long_ago = frozen(system_clock() - timedelta(days=200))
    accounts.add(databases.auth, "test", "old@example.com", "free", None, long_ago)
    accounts.add(databases.auth, "test", "new@example.com", "free", None, system_clock)
    deleted = housekeeping.tidy(databases.auth, system_clock)
    assert deleted == {"tickets": 0, "attempts": 0, "sign_ins": 0, "invitations": 1, "known_browsers": 0}


def test_worker_is_healthy_while_the_database_answers(worker):
    assert worker.health().ready


@pytest.mark.parametrize("fault", [DatabaseUnavailable, ValueError])
def test_job_that_fails_is_tried_again_soon(worker, monkeypatch, fault):
    stop, tried = threading.Event(), []

    def fails():
        tried.append(1)
        if len(tried) == 2:
            stop.set()
        raise fault

    monkeypatch.setattr(worker, "beat", fails)
    monkeypatch.setattr("worker.__main__._BEAT", 0.1)
    worker.run(stop)
    assert len(tried) == 2

"""The pool and its errors: busy, slow, refused, restarted."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import psycopg2
import pytest

from core.errors import DatabaseFull, DatabaseTooSlow, DatabaseUnavailable, NotAllowed, NotText
from db import address, database, embedded
from db.binaries import runner
from db.cluster import postmaster
from db.database import Database
from tests.db.statements import say
from tests.waiting import wait_until


@pytest.fixture
def named(monkeypatch):
    """Queries of these tests, beside those of the product."""
    extra = {
        "nap": "SELECT pg_sleep(%(seconds)s)",
        "accounts": "SELECT count(*) FROM auth.accounts",
        "nonsense": "SELECT no_such_column",
        "whoami": "SELECT pg_backend_pid()",
        "numbers": "SELECT number, number * 2 AS twice FROM generate_series(1, %(most)s) AS number",
        "keep": "INSERT INTO kept VALUES (%(number)s)",
        "kept": "SELECT count(*), count(DISTINCT number) FROM kept",
    }
    every = {**database.queries(), **extra}
    monkeypatch.setattr(database, "queries", lambda: every)


def other_connections(databases):
    connection = psycopg2.connect(databases.settings.database_url.get_secret_value())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        found = cursor.fetchone()[0]
    connection.close()
    return found


def test_answers_come_as_rows_dicts_and_frames(databases, named):
    db = databases.app_premium
    assert db.rows("numbers", most=2) == [(1, 2), (2, 4)]
    assert db.dicts("numbers", most=1) == [{"number": 1, "twice": 2}]
    assert db.frame("numbers", most=0).columns.tolist() == ["number", "twice"]
    assert db.one("numbers", most=0) is None
    assert db.value("numbers", most=0) is None


def test_a_full_disk_of_the_database_is_told_as_such(databases, named, monkeypatch):
    monkeypatch.setitem(database.queries(), "full", "DO $$ BEGIN RAISE SQLSTATE '53100'; END $$")
    with pytest.raises(DatabaseFull, match="disk is full"):
        databases.ingest.execute("full")


def test_a_question_waits_two_seconds_for_a_place_and_then_says_busy(databases, named):
    db = Database(databases.app_free.url, most=1)
    with db.transaction():
        begun = time.monotonic()
        with pytest.raises(DatabaseUnavailable, match="busy"):
            db.value("ping")
        assert 1.9 < time.monotonic() - begun < 2.5
    assert db.value("ping") == 1
    db.close()


def test_a_place_that_comes_free_in_time_is_used(databases, named):
    db = Database(databases.app_free.url, most=1)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(db.value, "nap", seconds=0.5)
        time.sleep(0.1)
        assert db.value("ping") == 1
        first.result()
    db.close()


def test_three_hundred_at_once_leak_nothing(databases, named):
    db = Database(databases.app_premium.url, most=4)
    with ThreadPoolExecutor(60) as pool:
        assert sum(pool.map(lambda _: db.value("ping"), range(300))) == 300
    assert other_connections(databases) <= 4
    db.close()
    time.sleep(0.2)
    assert other_connections(databases) == 0


def test_ten_thousand_in_sequence_use_one_connection(databases, named):
    pids = {databases.app_premium.value("whoami") for _ in range(10_000)}
    assert len(pids) == 1


def test_a_question_of_the_web_is_cut_after_five_seconds(databases, named):
    begun = time.monotonic()
    with pytest.raises(DatabaseTooSlow):
        databases.app_free.value("nap", seconds=30)
    assert 4.5 < time.monotonic() - begun < 6


def test_what_the_login_may_not_see_is_not_allowed(databases, named):
    for login in ("app_free", "app_premium", "app_admin", "ingest", "worker"):
        with pytest.raises(NotAllowed):
            getattr(databases, login).value("accounts")
    assert databases.auth.value("accounts") == 0


def test_our_own_mistakes_stay_visible(databases, named):
    with pytest.raises(psycopg2.errors.UndefinedColumn):
        databases.owner.value("nonsense")
    assert databases.owner.value("ping") == 1


def test_an_error_rolls_back_everything(databases, named):
    owner(databases, "CREATE TABLE kept (number int)")
    with suppress(ValueError), databases.owner.transaction() as work:
        work.execute("keep", number=1)
        raise ValueError("midway")
    assert databases.owner.one("kept") == (0, 0)


def owner(databases, statement):
    with databases.owner.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_connection_that_was_ended_while_idle_is_replaced_unseen(databases, named):
    db = databases.worker
    first = db.value("whoami")
    with psycopg2.connect(databases.settings.database_url.get_secret_value()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 2000)", [first])
    connection.close()
    with db.transaction() as work:  # not even a transaction, which is never tried twice, notices
        assert work.value("whoami") != first


def test_no_server_is_said_in_plain_words(tmp_path):
    db = Database("postgresql://nobody:secret@127.0.0.1:1/nothing")
    with pytest.raises(DatabaseUnavailable) as raised:
        db.value("ping")
    assert "secret" not in str(raised.value)
    assert "127.0.0.1" not in str(raised.value)


def use(db: Database, stopped: threading.Event, good: list[float], kept: list[int], seed: int) -> None:
    """Read and write until told to stop; note each success, and each number whose commit was confirmed."""
    number = seed * 1_000_000
    while not stopped.is_set():
        number += 1
        try:
            db.execute("keep", number=number)
            kept.append(number)
            db.value("ping")
            good.append(time.monotonic())
        except DatabaseUnavailable:
            time.sleep(0.05)


@contextmanager
def load(db: Database, users: int) -> Iterator[tuple[list[float], list[int]]]:
    """Inside, so many users read and write at once; what they note."""
    stopped, good, kept = threading.Event(), [], []
    threads = [threading.Thread(target=use, args=(db, stopped, good, kept, seed)) for seed in range(users)]
    for thread in threads:
        thread.start()
    try:
        yield good, kept
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def restart(home, how):
    """End a server in one of two ways and start it again; when it was up."""
    if how == "killed":
        postmaster(runner(home.resolve() / "postgres").folder / "data").kill()
    else:
        embedded.stop(home, force=True)
    embedded.start(home, durable=False).close()
    return time.monotonic()


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_a_restart_under_load_loses_nothing_and_is_over_in_ten_seconds(tmp_path, named, how):
    with embedded.start(tmp_path / "home", durable=False) as server:
        say(server.superuser_url, "CREATE TABLE kept (number int)")
        superuser = Database(server.superuser_url, most=8)
        with load(superuser, users=8) as (good, kept):
            for _ in range(3):
                time.sleep(0.5)
                up = restart(tmp_path / "home", how)
                assert wait_until(lambda up=up: good and good[-1] > up, 10)
        stored, different = superuser.one("kept")
        superuser.close()
    assert stored == different
    assert len(kept) <= stored <= len(kept) + 3 * 8  # a commit may have gone through although its answer was lost


def test_addresses_with_a_password_never_show_in_what_is_printed(databases):
    server = embedded.Server("127.0.0.1", 1, address.with_login("postgresql://127.0.0.1/x", "postgres", "secret"))
    assert "secret" not in repr(server)
    assert "password-of" not in repr(databases.app_free)


def test_a_nul_in_a_text_is_refused_in_words_before_the_driver_sees_it(databases):
    with pytest.raises(NotText):
        databases.auth.one("account_by_email", email="some\x00body")

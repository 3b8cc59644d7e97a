"""Columns in and out: the binary stream that numpy builds is what PostgreSQL reads."""

import numpy as np
import pytest

from db import bulk

FIELDS = {"a": "int4", "b": "float8", "c": "date", "d": "timestamptz", "e": "int2"}


@pytest.fixture
def work(databases):
    with databases.ingest.transaction() as work:
        with work.connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE scratch (a integer, b double precision, c date, d timestamptz, e smallint)")
        yield work


def stored(work):
    with work.connection.cursor() as cursor:
        cursor.execute("SELECT a, b, c::text, (d AT TIME ZONE 'UTC')::text, e FROM scratch ORDER BY a")
        return cursor.fetchall()


def columns(count):
    days = np.datetime64("1999-12-30") + np.arange(count)
    return {
        "a": np.arange(count) - 1,
        "b": np.arange(count) / 3,
        "c": bulk.encode_dates(days),
        "d": bulk.encode_instants(days.astype("datetime64[us]") + np.timedelta64(1, "us")),
        "e": np.arange(count, dtype="i2"),
    }


def test_every_type_arrives_as_it_was(work):
    bulk.copy_rows(work, "scratch", FIELDS, columns(3))
    assert stored(work)[0] == (-1, 0.0, "1999-12-30", "1999-12-30 00:00:00.000001", 0)
    assert stored(work)[2] == (1, pytest.approx(2 / 3), "2000-01-01", "2000-01-01 00:00:00.000001", 2)


def test_unknown_values_become_null_and_no_row_is_lost(work):
    rng = np.random.default_rng(5)
    masks = {name: rng.random(5000) < 0.3 for name in ("b", "c", "d", "e")}
    bulk.copy_rows(work, "scratch", FIELDS, columns(5000), masks)
    found = stored(work)
    assert [row[0] for row in found] == list(range(-1, 4999))
    for place, name in enumerate(("b", "c", "d", "e"), start=1):
        assert [row[place] is None for row in found] == masks[name].tolist()


def test_no_rows_is_a_whole_stream_too(work):
    bulk.copy_rows(work, "scratch", FIELDS, columns(0))
    assert stored(work) == []


def test_rows_come_back_as_arrays(databases):
    with databases.ingest.transaction() as work:
        found = bulk.read_rows(work, "load_keys", {"load_id": "int8", "contract_id": "int4", "open_interest": "int4"},
                               quote_session="2026-11-02", load_ids=[1])  # fmt: skip
    assert len(found) == 0
    assert found["contract_id"].dtype == np.dtype(">i4")

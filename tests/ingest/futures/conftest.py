"""Desks for the tests of this folder: over all venues, and over one."""

import pytest

from tests.ingest.futures.running import Running


@pytest.fixture
def running(databases, tmp_path):
    made = Running(databases, tmp_path)
    yield made
    made.desk.close()


@pytest.fixture
def okx(databases, tmp_path):
    made = Running(databases, tmp_path, venues=["okx"])
    yield made
    made.desk.close()

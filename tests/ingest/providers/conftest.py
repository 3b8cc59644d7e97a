"""A provider that fails in every way, and clients that skip their waits."""

import pytest

from tests.ingest.providers.clients import Skipping, client
from tests.standins.faults import faulty_provider


@pytest.fixture(scope="module")
def faulty():
    with faulty_provider() as provider:
        yield provider


@pytest.fixture
def time():
    return Skipping()


@pytest.fixture
def made(time):
    """Make clients; all are closed at the end."""
    clients = []

    def make(**given):
        clients.append(client(time, **given))
        return clients[-1]

    yield make
    for each in clients:
        each.close()

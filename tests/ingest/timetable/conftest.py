"""Evenings of a collector, over a fresh database and sites that a test changes."""

import pytest

from tests.ingest.timetable.evenings import Evenings, answers
from tests.standins.answering import answering


@pytest.fixture
def site():
    with answering(answers()) as provider:
        yield provider


@pytest.fixture
def evenings(databases, site):
    made = []

    def make(sources):
        made.append(Evenings(databases, site, sources))
        return made[-1]

    yield make
    for one in made:
        for providers in one.made:
            providers.close()

"""R9, a small part of it: two processes with ten workers each stay within one limit, and come again when they were told to."""

import pytest

from tests.ingest.providers.asking import ask_by_processes
from tests.standins.counting import counting

LIMIT, WINDOW = 20, 1.0


@pytest.fixture(scope="module")
def asked(kept_databases):
    """What a provider counted, and what the processes say."""
    with counting({"/3": "seconds", "/8": "date"}) as provider:
        said = ask_by_processes(kept_databases.ingest.url, provider.url, "counted", [(LIMIT, WINDOW)], calls=45)
    return provider, said


def test_no_window_holds_more_than_the_limit(asked):
    provider, _said = asked
    assert (len(provider.arrivals), provider.over(LIMIT, WINDOW)) == (47, 0)


def test_every_call_is_answered(asked):
    _provider, said = asked
    assert sum(each["answered"] for each in said) == 45


def test_who_is_told_to_come_again_does_not_come_before(asked):
    provider, _said = asked
    assert set(provider.told) == {"/3", "/8"}
    assert min(provider.lateness()) >= 0

"""R8, a seeded part of it: whatever a provider does and however it is asked, a call has its attempts, its end and its time."""

import pytest

from tests.ingest.providers.clients import KEY
from tests.ingest.providers.ways import DEADLINE, WAYS, ask_all
from tests.standins.faults import BODIES, PASSING, REFUSALS, TOXICS, faulty_provider, product, sample


@pytest.fixture(scope="module")
def ended():
    """Outcomes of some faults by every way, and what was logged."""
    faults = sample(0.03, seed=8)
    with faulty_provider() as provider:
        yield ask_all(provider, [(way, fault) for fault in faults for way in WAYS])


def test_every_call_ends_as_it_has_to_after_as_many_attempts(ended):
    assert [outcome for outcome in ended[0] if not outcome.right] == []


def test_every_call_ends_within_its_deadline(ended):
    assert max(outcome.seconds for outcome in ended[0]) <= DEADLINE


def test_no_key_is_told_or_logged(ended):
    assert KEY not in ended[1]
    assert KEY not in "".join(outcome.words for outcome in ended[0])


def test_the_part_has_every_trouble_answer_and_body_of_the_whole(ended):
    faults = {outcome.fault for outcome in ended[0]}
    assert {fault.toxic for fault in faults} == set(TOXICS)
    assert {fault.answer for fault in faults} >= {*REFUSALS, *PASSING}
    assert {fault.body for fault in faults} == set(BODIES)
    assert len(product()) == 8 * 12 * 4

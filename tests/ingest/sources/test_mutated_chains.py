"""Chains with a fault somewhere: no row is lost, none is read as something else, nothing crashes."""

import random
from pathlib import Path

import pytest

from tests.ingest.sources.chain_mutations import mutants, mutators
from tests.ingest.sources.samples import SAMPLES
from tests.ingest.sources.verdicts import denied, judge, parsed

ALL = list(SAMPLES.values())
EXPLAINED = (Path(__file__).parents[3] / "docs" / "errors.md").read_text()
EACH = pytest.mark.parametrize("source", ALL, ids=SAMPLES)


@EACH
@pytest.mark.parametrize("seed", range(4))
def test_a_sound_payload_is_published_whole(source, seed):
    sample = source.make(random.Random(seed))
    payload = parsed(source, sample)
    assert set(payload.quarantined["reason"]) <= {"expired"}, "a look at the next morning lists contracts of the evening"
    assert len(payload.rows) >= 10
    assert denied(payload, source, sample) == []


@EACH
def test_what_is_published_of_a_damaged_payload_is_what_it_says(source):
    found = judge(source, mutants(source, seed=5, n=60))
    assert found.crashes + found.denied == []
    assert (found.unaccounted, found.empty) == (0, 0)
    assert found.published > 200
    assert {reason for reason in found.reasons if f"`{reason.partition(':')[0]}`" not in EXPLAINED} == set()


@EACH
def test_there_are_enough_ways_to_go_wrong(source):
    assert len(mutators(source)) >= 25


@EACH
def test_the_same_seed_gives_the_same_payloads(source):
    assert list(mutants(source, 1, 5)) == list(mutants(source, 1, 5)) != list(mutants(source, 2, 5))

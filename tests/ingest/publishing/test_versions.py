"""Which loads a set needs so that each moment shows what was known then."""

import itertools
import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ingest.publishing.versions import REPEATED, Part, changes, timeline
from ingest.staging.loads import AMBIGUOUS, Version

ONE, TWO, THREE, FOUR = (datetime(2026, 11, 2, hour, tzinfo=UTC) for hour in (1, 2, 3, 4))


def part(slot, payload, known_at, rows, stored=False, withdrawn_at=None, aside=None):
    return Part(slot, payload, known_at, withdrawn_at, rows, aside or {}, stored=stored)


def doubt(line):
    return frozenset({(line, AMBIGUOUS)})


def missing_versions(parts, stored):
    missing, wrong = changes(parts, stored)
    assert wrong == []
    return missing


def seen(versions, moment):
    """slot -> (payload, lines held) at a moment, by the rule of the schema."""
    found = {}
    for version in sorted(versions, key=lambda each: each.known_at):
        if version.known_at <= moment:
            found[version.slot] = (version.payload, version.held)
    return found


def test_parts_without_a_common_contract_are_stored_as_they_are():
    stocks, etfs = part("stocks", "a", ONE, {7: (100, 2)}), part("etfs", "b", TWO, {8: (100, 5)})
    assert missing_versions([stocks, etfs], []) == [Version("stocks", "a", ONE, None), Version("etfs", "b", TWO, None)]


def test_a_doubt_takes_the_row_out_of_both_from_the_later_stamp():
    stocks, etfs = part("stocks", "a", ONE, {7: (100, 2)}), part("etfs", "b", TWO, {7: (900, 5)})
    versions = missing_versions([stocks, etfs], [])
    assert seen(versions, ONE) == {"stocks": ("a", frozenset())}
    assert seen(versions, TWO) == {"stocks": ("a", doubt(2)), "etfs": ("b", doubt(5))}
    assert [version.again for version in versions if version.payload == "a"] == [False, True]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_arrival_makes_no_difference(order):
    every = [
        part("stocks", "a", ONE, {7: (100, 2)}),
        part("etfs", "b", TWO, {7: (900, 5)}),
        part("etfs", "c", THREE, {7: (100, 4)}),
    ]
    versions: list[Version] = []
    for place, which in enumerate(order):
        here = [part(p.slot, p.payload, p.known_at, p.rows, stored=True) for p in (every[i] for i in order[:place])]
        versions += missing_versions([*here, every[which]], versions)
    together = missing_versions(every, [])
    for moment in (ONE, TWO, THREE, FOUR):
        assert seen(versions, moment) == seen(together, moment)


def test_nothing_is_missing_once_all_is_stored():
    every = [part("stocks", "a", ONE, {7: (100, 2)}), part("etfs", "b", TWO, {7: (900, 5)})]
    versions = missing_versions(every, [])
    assert missing_versions([part(p.slot, p.payload, p.known_at, p.rows, stored=True) for p in every], versions) == []


def test_a_withdrawn_part_stands_until_then():
    stocks = part("stocks", "a", ONE, {7: (100, 2)}, stored=True)
    etfs = part("etfs", "b", TWO, {7: (900, 5)}, stored=True, withdrawn_at=FOUR)
    stood = [Version("stocks", "a", ONE, None), Version("stocks", "a", TWO, None, doubt(2), again=True),
             Version("etfs", "b", TWO, FOUR, doubt(5))]  # fmt: skip
    assert missing_versions([stocks, etfs], stood) == [Version("stocks", "a", FOUR, None, frozenset(), again=True)]


def test_a_third_row_of_a_contract_that_one_file_alone_leaves_in_doubt_is_kept_aside_too():
    stocks = part("stocks", "a", ONE, {}, aside={7: frozenset({100, 200})})
    etfs = part("etfs", "b", TWO, {7: (100, 5)})
    assert seen(timeline([stocks, etfs]), TWO)["etfs"] == ("b", doubt(5))


def test_a_row_that_two_slots_say_alike_stays_where_it_was_known_first():
    stocks, etfs = part("stocks", "a", TWO, {7: (100, 2)}), part("etfs", "b", ONE, {7: (100, 5)})
    assert seen(timeline([stocks, etfs]), TWO) == {"etfs": ("b", frozenset()), "stocks": ("a", frozenset({(2, REPEATED)}))}


def test_the_other_row_is_back_once_the_first_is_withdrawn():
    stocks, etfs = part("stocks", "a", ONE, {7: (100, 2)}, withdrawn_at=FOUR), part("etfs", "b", TWO, {7: (100, 5)})
    assert seen(timeline([stocks, etfs]), FOUR)["etfs"] == ("b", frozenset())


def test_a_load_that_a_late_file_makes_wrong_is_taken_out():
    early, late = part("stocks", "a", ONE, {7: (100, 2)}, stored=True), part("etfs", "c", THREE, {7: (900, 4)}, stored=True)
    stood = [Version("stocks", "a", ONE, None, load_id=1), Version("etfs", "c", THREE, None, doubt(4), load_id=2),
             Version("stocks", "a", THREE, None, doubt(2), again=True, load_id=3)]  # fmt: skip
    missing, wrong = changes([early, late, part("funds", "b", TWO, {7: (500, 9)})], stood)
    assert wrong == [3]
    assert {version.known_at for version in missing} == {TWO}


@pytest.mark.parametrize("seed", range(200))
def test_files_and_withdrawals_in_any_order_show_what_the_files_alone_ask_for(seed):
    """After each event every moment shows what one import of all of them would show: row for row, with the same stamps."""
    rng, stored, parts = random.Random(seed), [], []
    hours = rng.sample(range(1, 20), 9)
    for number, hour in enumerate(hours):
        if parts and rng.random() < 0.3:
            stored, parts = _withdrawn(stored, parts, rng.choice(parts).payload, datetime(2026, 11, 3, number, tzinfo=UTC))
        else:
            parts.append(_made_up(rng, str(number), datetime(2026, 11, 2, hour, tzinfo=UTC)))
        missing, wrong = changes(parts, stored)
        kept = [version for version in stored if version.load_id not in wrong]
        stored = kept + [replace(version, load_id=1000 * number + place) for place, version in enumerate(missing)]
        parts = [replace(each, stored=True) for each in parts]
        for moment in {moment for each in parts for moment in (each.known_at, each.withdrawn_at) if moment}:
            assert _shown(stored, moment) == _shown(timeline(parts), moment)


def _made_up(rng, payload, known_at):
    rows = {contract: (rng.choice((100, 100, 200)), 10 * contract) for contract in rng.sample(range(4), rng.randint(0, 3))}
    aside = {contract: frozenset(rng.sample((100, 200, 300), rng.randint(1, 2))) for contract in range(4) if rng.random() < 0.15}
    slot = rng.choice(("stocks", "etfs", "funds"))
    return part(slot, payload, known_at, rows, aside={key: said for key, said in aside.items() if key not in rows})


def _withdrawn(stored, parts, payload, at):
    """What `withdraw` does: every load of the payload ends."""

    def end(each):
        return replace(each, withdrawn_at=at) if each.payload == payload and each.withdrawn_at is None else each

    return [end(each) for each in stored], [end(each) for each in parts]


def _shown(versions, moment):
    """slot -> what the function visible_loads of the schema finds, stored last where stamps are equal."""
    found = {}
    for place, each in enumerate(versions):
        if each.known_at <= moment and (each.withdrawn_at is None or each.withdrawn_at > moment):
            rank = (each.known_at, each.withdrawn_at is None, each.load_id or place)
            if each.slot not in found or rank > found[each.slot][0]:
                found[each.slot] = (rank, each.shown)
    return {slot: shown for slot, (_, shown) in found.items()}

"""R2: twenty sessions, file by file in any order, show the same in the end."""

import random
from datetime import date

import pytest

from core.sessions import sessions_between
from tests.ingest.importing import bring, shown, whole_set

DAYS = sessions_between(date(2026, 9, 1), date(2026, 9, 29))[:20]
FILES = [one for day in DAYS for one in whole_set(day, 8)]


@pytest.fixture(scope="module")
def answers():
    """The fingerprints met so far."""
    return set()


@pytest.mark.parametrize("seed", range(20))
def test_any_order_gives_one_fingerprint(databases, tmp_path, answers, seed):
    order = random.Random(seed).sample(FILES, len(FILES))
    at_once = 1 if seed < 3 else random.Random(seed).choice((3, 7, 19))
    for start in range(0, len(order), at_once):
        bring(databases.ingest, tmp_path, *order[start : start + at_once])
    answers.add(shown(databases.app_admin))
    assert len(answers) == 1
    assert bring(databases.ingest, tmp_path, *FILES).published == 0

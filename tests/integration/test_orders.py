"""R2: twenty sessions, file by file in any order, show the same in the end."""

import random
from datetime import date

import pytest

from core.sessions import sessions_between
from tests.ingest.importing import bring, flags, shown, whole_set

DAYS = sessions_between(date(2026, 9, 1), date(2026, 9, 29))[:20]
FILES = [one for day in DAYS for one in whole_set(day, 8)]


@pytest.fixture(scope="module")
def in_order(kept_databases, tmp_path_factory):
    """A database that every session reached in its turn, file by file."""
    home = tmp_path_factory.mktemp("in_order")
    for one in FILES:
        bring(kept_databases.ingest, home, one)
    return kept_databases


def test_in_order_every_session_is_shown(in_order):
    assert list(flags(in_order.app_admin)) == DAYS


@pytest.mark.parametrize("seed", range(20))
def test_any_order_gives_one_fingerprint(databases, tmp_path, in_order, seed):
    order = random.Random(seed).sample(FILES, len(FILES))
    at_once = 1 if seed < 3 else random.Random(seed).choice((3, 7, 19))
    for start in range(0, len(order), at_once):
        bring(databases.ingest, tmp_path, *order[start : start + at_once])
    assert shown(databases.app_admin) == shown(in_order.app_admin)
    assert bring(databases.ingest, tmp_path, *FILES).published == 0

"""No internals reach users: whatever breaks, a page or route says so in plain words, with an id that is in the log."""

import pytest

from tests.browser.served import serve
from tests.usecases import market
from tests.walls.faults import FAULTS, inject


@pytest.fixture(scope="module")
def faulty(kept_databases, tmp_path_factory):
    """A server that breaks when the file says so."""
    market.fill(kept_databases)
    folder = tmp_path_factory.mktemp("faulty")
    with serve(
        kept_databases, folder / "web.log", app="tests.walls.faulty:application", OIFLOW_FAULT=str(folder / "fault")
    ) as server:
        server.fault = folder / "fault"
        yield server


def test_faults_of_every_kind_show_words_and_an_id_and_nothing_of_the_inside(faulty, cookies):
    found = inject(faulty, cookies, faulty.fault, FAULTS, every=5)
    assert found.leaks == [], "\n".join(found.leaks)
    assert found.silent == [], "\n".join(found.silent)
    assert found.unlogged == []
    assert found.reached == set(FAULTS)

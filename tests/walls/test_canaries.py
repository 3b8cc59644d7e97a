"""Premium values never reach the rest: planted canaries are in no frame, body or log of those who may not see them."""

import pytest

from tests.walls.canaries import crawl, plant


@pytest.fixture(scope="module")
def planted(kept_databases):
    return plant(kept_databases)


def test_what_is_closed_is_in_no_byte_that_others_get(served, cookies, planted):
    paid = crawl(served, cookies, planted, ("admin", "premium"), every=3)
    assert paid.found == []
    assert planted.old & paid.seen
    assert planted.beyond & paid.seen
    assert planted.admin <= paid.seen
    others = crawl(served, cookies, planted, ("free", "expired", "anonymous", "disabled"), every=5)
    assert others.found == []
    assert others.unfinished == paid.unfinished == 0
    assert others.answers > 200
    assert [canary for canary in planted.old | planted.beyond | planted.admin if canary in served.log.read_bytes()] == []

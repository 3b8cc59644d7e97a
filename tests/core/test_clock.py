"""The clock is an argument, and every instant is aware."""

from datetime import UTC, datetime, timedelta

import pytest

from core.clock import frozen, system_clock


def test_a_frozen_clock_stands_still():
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert frozen(at)() == at


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="aware"):
        frozen(datetime(2026, 11, 20, 12))  # noqa: DTZ001 - what is refused


def test_the_clock_of_the_system_tells_utc():
    assert system_clock().utcoffset() == timedelta(0)

"""What anybody can bring about at will does not fill the audit log."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import NotAllowed, SignInError, TooManyAttempts
from usecases import accounts, audit, passwords, sign_in
from usecases.audit import Visit

STRANGER = Visit(address="198.51.100.7", pre_sign_in="pre", agent="Tests")


class Clock:
    """A clock that tests push on."""

    now = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def used_ticket(db, clock):
    """A ticket that has become a sign-in."""
    link = accounts.add(db, "test", "owner@site.test", "free", None, clock)
    account_id = accounts.use_link(db, link.token, "", "a walk along the quay", STRANGER, clock)
    ticket = sign_in.issue_ticket(db, account_id, STRANGER, clock)
    sign_in.redeem_ticket(db, ticket, STRANGER, clock)
    return ticket


def lines(db, action):
    found = audit.entries(db)
    return found[found["action"] == action]


def test_a_ticket_that_was_never_given_leaves_no_line(databases, clock):
    for guess in ("", "x", "y" * 1000):
        with pytest.raises(SignInError):
            sign_in.redeem_ticket(databases.auth, guess, STRANGER, clock)
    assert lines(databases.auth, "ticket_refused").empty


def test_a_ticket_used_again_is_written_down_once_a_minute_for_an_address(databases, clock, monkeypatch):
    monkeypatch.setattr(passwords, "COST", 4)
    ticket = used_ticket(databases.auth, clock)
    for address, seconds in (("198.51.100.7", 0), ("198.51.100.7", 59), ("203.0.113.1", 0), ("198.51.100.7", 2)):
        clock.now += timedelta(seconds=seconds)
        with pytest.raises(SignInError):
            sign_in.redeem_ticket(databases.auth, ticket, replace(STRANGER, address=address), clock)
    assert sorted(lines(databases.auth, "ticket_refused")["address"]) == ["198.51.100.7", "198.51.100.7", "203.0.113.1"]


def test_who_is_refused_a_hundred_times_in_a_minute_leaves_one_line(databases, clock):
    for _ in range(sign_in.MOST_FROM_UNKNOWN):
        sign_in.begin_attempt(databases.auth, "owner@site.test", STRANGER, clock)
    for _ in range(100):
        with pytest.raises(TooManyAttempts):
            sign_in.begin_attempt(databases.auth, "owner@site.test", STRANGER, clock)
    assert len(lines(databases.auth, "sign_in_refused")) == 1


def test_refused_pages_and_exports_leave_one_line_a_minute_each(databases, clock):
    for _ in range(audit.EXPORTS_AN_HOUR):
        audit.exported(databases.auth, "owner@site.test", "table.csv", "198.51.100.7", clock)
    for _ in range(20):
        audit.refused(databases.auth, "owner@site.test", "export data.csv", "198.51.100.7", clock)
        with pytest.raises(NotAllowed):
            audit.exported(databases.auth, "owner@site.test", "table.csv", "198.51.100.7", clock)
    assert [len(lines(databases.auth, action)) for action in ("refused", "export_refused")] == [1, 1]

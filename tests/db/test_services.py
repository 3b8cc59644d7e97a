"""Housekeeping: limits of sign-ins need an hour of attempts, and nobody can add to what is stored of them at will."""

from contextlib import suppress
from datetime import timedelta

from core.clock import frozen, system_clock
from core.errors import TooManyAttempts
from db import services
from tests.db.statements import say
from usecases import sign_in
from usecases.audit import Visit

NOW = system_clock()
STRANGER = Visit("203.0.113.7")


def stored(databases):
    return say(databases.auth.url, "SELECT count(*), count(*) FILTER (WHERE email = 'owner@site.test') FROM auth.attempts")[0]


def attempts(databases, emails, clock=frozen(NOW)):
    for email in emails:
        with suppress(TooManyAttempts):
            sign_in.begin_attempt(databases.auth, email, STRANGER, clock)


def test_a_flood_of_attempts_leaves_no_more_rows_than_the_limits_count(databases):
    attempts(databases, ["owner@site.test"] * 50)
    assert stored(databases) == (sign_in.MOST_FROM_UNKNOWN, sign_in.MOST_FROM_UNKNOWN)
    attempts(databases, [f"name{number}@site.test" for number in range(100)])
    assert stored(databases)[0] == sign_in.MOST_FROM_ADDRESS


def test_a_refused_attempt_stands_in_the_audit_log_once_a_minute(databases):
    attempts(databases, ["owner@site.test"] * 50)
    lines = databases.auth.frame("audit_entries", search="sign_in_refused", most=99)
    assert lines["subject"].tolist() == ["owner@site.test"]


def test_attempts_that_no_limit_looks_at_any_more_are_deleted(databases):
    attempts(databases, ["owner@site.test"], frozen(NOW - timedelta(hours=25)))
    attempts(databases, ["owner@site.test"] * 2, frozen(NOW - sign_in.WINDOW))
    assert services.tidy_accounts(databases.auth, NOW)["attempts"] == 1
    assert stored(databases) == (2, 2)

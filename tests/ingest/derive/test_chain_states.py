"""Flags of sessions of chains between the looks of a day, against a plain reading of what was visible at each moment."""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

import pytest

from core.clock import frozen
from core.sessions import next_session
from ingest.pipeline import publish_payloads
from ingest.publishing.publish import derive_again, withdraw
from tests.db.statements import say
from tests.ingest.derive.looks import look
from tests.ingest.importing import NOW

NAMES = ("AAPL", "MSFT", "SPY")
SESSIONS = [date(2026, 11, 2)]
while len(SESSIONS) < 6:
    SESSIONS.append(next_session(SESSIONS[-1]))


@dataclass
class Look:
    """One look at a chain: every contract open as `level` says and traded; `sevenths` of an hour after the close."""

    session: date
    symbol: str
    sevenths: int
    contracts: int
    level: int
    withdrawn_at: datetime | None = None

    def __post_init__(self):
        said = dict.fromkeys(range(50, 50 + self.contracts), (self.level, 5))
        self.loaded = look(self.session, said, symbol=self.symbol, hours=self.sevenths / 7)

    @property
    def known_at(self):
        return self.loaded[1].known_at

    def seen(self, moment):
        return self.known_at <= moment and (self.withdrawn_at is None or self.withdrawn_at > moment)


def history(rng):
    """Looks at some names of each session, of which many repeat the session before and some are short or withdrawn later."""
    return [
        Look(session, symbol, sevenths, rng.choice((31, 40, 60)), rng.choice((1, 1, 2)))
        for session in SESSIONS
        for symbol in NAMES
        for sevenths in rng.sample(range(1, 100), rng.choice((0, 1, 2, 3)))
    ]


def seen(looks, session, moment):
    """Name -> the look that a reader sees of a session."""
    shown = sorted((one for one in looks if one.session == session and one.seen(moment)), key=lambda one: one.known_at)
    return {one.symbol: one for one in shown}


def plain(looks, moment):
    """Session -> its flags, from all that is visible at a moment; without sessions of which nothing is."""
    views = [(session, seen(looks, session, moment)) for session in SESSIONS]
    found = {}
    for place, (session, now) in enumerate(views):
        if now:
            past = [view for _, view in views[:place] if view]
            before = views[place - 1][1] if place else {}
            stale = sum(name in before and one.level == before[name].level for name, one in now.items()) > len(now) / 2
            few = past and total(now) < 0.6 * int(median(map(total, past)))
            missing = len(past) >= 3 and set.intersection(*map(set, past[-3:])) - now.keys()
            found[session] = ["stale"] * stale + ["partial"] * bool(few or missing)
    return found


def total(view):
    return sum(one.contracts for one in view.values())


def shown(databases, moment):
    """Session -> flags, as a reader of a moment finds them."""
    found = databases.app_admin.dicts("fingerprint_sessions", as_of=moment, quote_session=None)
    return {row["quote_session"]: row["flags"] for row in found if row["source"] == "cboe"}


def take_out(databases, tmp_path, looks):
    """Withdraw some looks, at moments after all of them."""
    words = "SELECT r.file_name, load_id FROM loads JOIN raw_payloads r USING (payload_sha256)"
    ids = dict(say(databases.owner.url, words))
    for minute, one in enumerate(looks):
        one.withdrawn_at = NOW().replace(minute=minute)
        withdraw(databases.ingest, tmp_path, ids[one.loaded[0].file_name], "wrong", frozen(one.withdrawn_at))


@pytest.mark.parametrize("seed", range(3))
def test_flags_at_every_moment_are_those_of_a_plain_reading(databases, tmp_path, seed):
    rng = random.Random(seed)
    looks = history(rng)
    for one in rng.sample(looks, len(looks)):
        publish_payloads(databases.ingest, tmp_path, [one.loaded], NOW)
    take_out(databases, tmp_path, rng.sample(looks, 4))
    moments = {one.known_at for one in looks} | {one.withdrawn_at for one in looks if one.withdrawn_at}
    told = {moment: shown(databases, moment) for moment in sorted(moments)}
    assert told == {moment: plain(looks, moment) for moment in told}
    assert {flag for found in told.values() for up in found.values() for flag in up} == {"stale", "partial"}


def test_a_chain_can_be_taken_out_before_the_instant_at_which_it_counts(databases, tmp_path):
    one = Look(SESSIONS[0], "AAPL", 14, 40, 1)
    publish_payloads(databases.ingest, tmp_path, [one.loaded], NOW)
    ((load_id,),) = say(databases.owner.url, "SELECT load_id FROM loads")
    withdraw(databases.ingest, tmp_path, load_id, "wrong", frozen(one.known_at - timedelta(hours=1)))
    assert shown(databases, one.known_at) == {}


def test_deriving_again_finds_the_same_states(databases, tmp_path):
    for one in history(random.Random(7)):
        publish_payloads(databases.ingest, tmp_path, [one.loaded], NOW)
    states = "SELECT * FROM session_states ORDER BY source, quote_session, known_at"
    before = say(databases.owner.url, states)
    derive_again(databases.ingest, NOW, date.min, date.max)
    assert say(databases.owner.url, states) == before

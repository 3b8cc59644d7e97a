"""Chains asked of Schwab through schwab-py: calls, sign-in, what cannot be carried in one answer."""

import json
import random
import stat
from contextlib import contextmanager
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from core.errors import ProviderRefused, ProviderUnreachable
from ingest.sources import schwab
from ingest.sources.reading.stamps import LIVE
from tests.ingest.sources.asked import SECRETS, asked, later, look, token_file
from tests.ingest.sources.samples import schwab as made
from tests.standins.brokers import Schwab

SEEN = look()
CHAIN = made.chain(SEEN, [made.option(each, SEEN, random.Random(1)) for each in SEEN.contracts])
CHAINS, LIST, TOKEN = "/marketdata/v1/chains", "/marketdata/v1/expirationchain", "/v1/oauth/token"


@contextmanager
def signed_in(folder, account=None, path=None):
    account = account or Schwab(CHAIN, made.expirations(CHAIN))
    given = {"schwab_app_key": SECRETS[0], "schwab_app_secret": SECRETS[1], "schwab_token_file": str(path or token_file(folder))}
    with asked(schwab, account.table(), later(SEEN), given) as (fetcher, provider):
        yield fetcher, provider, account


def days(raw):
    return sorted({f"{each}" for each in schwab.parse(raw).rows["expiration"]})


def test_a_chain_is_one_call_and_one_more_a_day_for_its_expirations(tmp_path):
    with signed_in(tmp_path) as (fetcher, provider, _):
        raws = [fetcher.fetch("AAPL") for _ in range(3)]
        assert provider.paths() == [LIST, CHAINS, CHAINS, CHAINS]
    assert (raws[0].source, raws[0].folder, raws[0].received_at) == ("schwab", LIVE, later(SEEN))
    assert schwab.parse(raws[0]).rows_in == len(SEEN.contracts)


def test_the_nearest_expirations_are_the_nearest_that_are_listed(tmp_path):
    with signed_in(tmp_path) as (fetcher, provider, _):
        raw = fetcher.fetch("AAPL", nearest=2)
        listed = sorted({str(each.expiration) for each in SEEN.contracts})
        assert days(raw) == listed[:2]
        assert (provider.asked[-1].query["fromDate"], provider.asked[-1].query["toDate"]) == (listed[0], listed[1])
        assert provider.asked[-1].query["includeUnderlyingQuote"] == "true"


def test_a_second_scan_of_a_day_is_one_call_a_name(tmp_path):
    with signed_in(tmp_path) as (fetcher, provider, _):
        for _ in range(26):
            fetcher.fetch("AAPL", nearest=4)
        assert len(provider.asked) == 27, "44 names: 88 calls for the first scan of a day, 44 for each other; 176 are promised"


@pytest.mark.parametrize("too_large", [False, True])
def test_a_chain_that_is_too_large_for_one_answer_comes_in_parts(tmp_path, too_large):
    account = Schwab(CHAIN, made.expirations(CHAIN), carries=50, too_large=too_large)
    with signed_in(tmp_path, account) as (fetcher, provider, _):
        first = schwab.parse(fetcher.fetch("AAPL"))
        provider.asked.clear()
        again = schwab.parse(fetcher.fetch("AAPL"))
        assert provider.paths() == [CHAINS, CHAINS], "what fits into one answer is remembered"
    assert first.rows_in == again.rows_in == len(SEEN.contracts)
    assert not first.cut


def test_one_expiration_that_is_too_large_is_shown_as_cut(tmp_path):
    with signed_in(tmp_path, Schwab(CHAIN, made.expirations(CHAIN), carries=5)) as (fetcher, _, _account):
        assert schwab.parse(fetcher.fetch("AAPL")).cut


def test_one_expiration_that_does_not_come_at_all_fails_the_fetch(tmp_path):
    account = Schwab(CHAIN, made.expirations(CHAIN), carries=5, too_large=True)
    with signed_in(tmp_path, account) as (fetcher, _, _account), pytest.raises(ProviderUnreachable, match="HTTP 502, 5 attempts"):
        fetcher.fetch("AAPL")


@pytest.mark.parametrize(("name", "mark"), [("SPX", "$SPX"), ("BRK.B", "BRK/B")])
def test_an_index_is_asked_for_by_its_mark_and_a_class_of_shares_by_a_slash(tmp_path, name, mark):
    with signed_in(tmp_path, Schwab(CHAIN | {"symbol": mark}, made.expirations(CHAIN))) as (fetcher, provider, _):
        fetcher.fetch(name, nearest=4)
        assert [each.query["symbol"] for each in provider.asked] == [mark, mark]


def test_busy_is_asked_again_when_it_says_so(tmp_path):
    account = Schwab(CHAIN, made.expirations(CHAIN))
    account.busy.paths[CHAINS] = 2
    with signed_in(tmp_path, account) as (fetcher, provider, _):
        assert schwab.parse(fetcher.fetch("AAPL")).rows_in == len(SEEN.contracts)
        assert provider.paths() == [LIST, CHAINS, CHAINS, CHAINS]


def test_an_access_token_that_has_run_out_is_renewed_for_its_owner_alone(tmp_path):
    path = token_file(tmp_path, "old", lasts=10)
    path.chmod(0o644)
    with signed_in(tmp_path, path=path) as (fetcher, provider, _):
        fetcher.fetch("AAPL")
        assert provider.paths() == [TOKEN, LIST, CHAINS]
    kept = json.loads(path.read_text())
    assert (kept["token"]["access_token"], stat.S_IMODE(path.stat().st_mode)) == ("renewed-1", 0o600)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_an_access_token_that_was_taken_back_is_renewed_once(tmp_path):
    account = Schwab(CHAIN, made.expirations(CHAIN), holds=set())
    with signed_in(tmp_path, account) as (fetcher, provider, _):
        fetcher.fetch("AAPL")
        assert provider.paths() == [LIST, TOKEN, LIST, CHAINS]


@pytest.mark.parametrize("lasts", [10, 1700])
def test_a_sign_in_that_is_over_says_what_to_do_and_is_not_tried_again(tmp_path, lasts):
    account = Schwab(CHAIN, made.expirations(CHAIN), holds=set(), renews=False)
    path = token_file(tmp_path, lasts=lasts)
    with capture_logs() as logged, signed_in(tmp_path, account, path) as (fetcher, provider, _):
        for _ in range(2):
            with pytest.raises(ProviderRefused, match=r"sign-in .* over|schwab-generate-token\.py") as error:
                fetcher.fetch("AAPL")
            assert not [secret for secret in SECRETS if secret in f"{error.value!r} {error.value.__cause__!r}"]
        assert provider.paths().count(TOKEN) == 1
    assert not [secret for secret in SECRETS if secret in repr(logged)]


def test_a_new_sign_in_takes_effect_at_once(tmp_path):
    account = Schwab(CHAIN, made.expirations(CHAIN), holds=set(), renews=False)
    with signed_in(tmp_path, account) as (fetcher, _, _account):
        with pytest.raises(ProviderRefused):
            fetcher.fetch("AAPL")
        account.holds = {"new"}
        token_file(tmp_path, "new")
        assert schwab.parse(fetcher.fetch("AAPL")).slot == "AAPL"


@pytest.mark.parametrize("content", [None, "", "{}", '{"creation_timestamp": 1, "token": {"access_token": "canary-access"}}'])
def test_a_token_file_that_cannot_be_used_says_so_without_a_word_of_it(tmp_path, content):
    path = tmp_path / "schwab.json"
    path.write_text(content) if content is not None else None
    words = "SCHWAB_TOKEN_FILE"
    with signed_in(tmp_path, path=path) as (fetcher, provider, _), pytest.raises(ProviderRefused, match=words) as error:
        fetcher.fetch("AAPL")
    assert "canary" not in str(error.value)
    assert provider.paths() == []


def test_a_sign_in_that_ends_soon_is_told_of(tmp_path):
    path = token_file(tmp_path, signed_in=SEEN.stamp - timedelta(days=6.5))
    with capture_logs() as logged, signed_in(tmp_path, path=path) as (fetcher, _, _account):
        fetcher.fetch("AAPL")
    assert [each["days"] for each in logged if each["event"] == "sign_in_ends_soon"] == [6.5]


def test_bodies_are_not_kept_once_they_are_handed_over(tmp_path):
    with signed_in(tmp_path) as (fetcher, _, _account):
        fetcher.fetch("AAPL")
        assert fetcher._door.door.take() == []

"""What a visitor may ask of the websocket, and what he takes from others by asking for more."""

from contextlib import ExitStack

import pytest

from webapp.server.allowance import ACCOUNT, CONNECTIONS, STRANGERS, Allowance


@pytest.mark.parametrize(("account_id", "most"), [(None, STRANGERS.amount), (7, ACCOUNT.amount)])
def test_messages_beyond_the_most_are_refused(account_id, most):
    share = Allowance().share(account_id, "198.51.100.7")
    assert [share.spend() for _ in range(most + 5)].count(True) == most


def test_accounts_and_networks_do_not_take_from_each_other():
    allowance = Allowance()
    first = allowance.share(None, "2001:db8::1")
    while first.spend():
        pass
    assert not allowance.share(None, "2001:db8::ffff").spend()  # the same network
    assert allowance.share(None, "2001:db8:0:1::1").spend()
    assert allowance.share(1, "2001:db8::1").spend()


def test_connections_beyond_the_most_are_refused_until_one_ends():
    allowance = Allowance()
    with ExitStack() as held:
        first = ExitStack()
        assert first.enter_context(allowance.share(7, "").connection())
        rest = [held.enter_context(allowance.share(7, "").connection()) for _ in range(CONNECTIONS)]
        assert rest == [True] * (CONNECTIONS - 1) + [False]
        first.close()
    with allowance.share(7, "").connection() as within:
        assert within

"""Contracts that an account keeps: its own, once each, within its tier."""

import pytest

from core.access import Tier
from core.errors import NotAllowed
from tests.usecases import market
from usecases import saved_contracts
from usecases.saved_contracts import remove, save, saved


@pytest.fixture
def accounts(databases):
    with databases.auth.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO auth.accounts (email, tier, state)"
            " VALUES ('a@x', 'premium', 'invited'), ('b@x', 'premium', 'invited') RETURNING account_id"
        )
        return [row[0] for row in cursor.fetchall()]


def test_a_contract_is_saved_once_and_for_one_account(databases, accounts):
    mine, other = accounts
    for _ in range(2):
        save(databases.auth, mine, Tier.PREMIUM, market.A_CALL)
    save(databases.auth, mine, Tier.PREMIUM, market.B_ADJUSTED)
    assert [contract.key for contract in saved(databases.auth, mine)] == [market.A_CALL, market.B_ADJUSTED]
    assert saved(databases.auth, other) == ()


def test_a_removed_contract_is_gone_and_removing_again_does_nothing(databases, accounts):
    save(databases.auth, accounts[0], Tier.ADMIN, market.A_CALL)
    for _ in range(2):
        remove(databases.auth, accounts[0], market.A_CALL)
    assert saved(databases.auth, accounts[0]) == ()


@pytest.mark.parametrize("tier", [Tier.FREE, Tier.ANONYMOUS])
def test_lower_tiers_save_nothing(databases, accounts, tier):
    with pytest.raises(NotAllowed):
        save(databases.auth, accounts[0], tier, market.A_CALL)


def test_a_full_account_says_so_and_keeps_what_it_had(databases, accounts, monkeypatch):
    monkeypatch.setattr(saved_contracts, "MOST_SAVED", 1)
    save(databases.auth, accounts[0], Tier.PREMIUM, market.A_CALL)
    with pytest.raises(NotAllowed, match="You can save 1 contracts"):
        save(databases.auth, accounts[0], Tier.PREMIUM, market.A_PUT)
    assert [contract.key for contract in saved(databases.auth, accounts[0])] == [market.A_CALL]

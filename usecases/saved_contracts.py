"""Contracts that an account keeps at hand on the flow trend page."""

from dataclasses import dataclass
from datetime import date, datetime

from core.access import Tier, limits
from core.errors import NotAllowed
from db.database import Database
from db.read import ContractKey

MOST_SAVED = 200  # per account, where the tier sets no limit


@dataclass(frozen=True)
class SavedContract:
    """A contract and when it was saved."""

    symbol: str
    expiration: date
    right: str
    strike: float
    deliverable: str
    saved_at: datetime

    @property
    def key(self) -> ContractKey:
        """What makes the contract."""
        return ContractKey(self.symbol, self.expiration, self.right, round(self.strike * 1000), self.deliverable)


def saved(auth: Database, account_id: int) -> tuple[SavedContract, ...]:
    """All contracts of an account, by ticker and expiration. auth: pool of the login auth."""
    rows = auth.rows("saved_contracts", account_id=account_id)
    return tuple(
        SavedContract(symbol, expiration, right, milli / 1000, deliverable, saved_at)
        for symbol, expiration, right, milli, deliverable, saved_at in rows
    )


def save(auth: Database, account_id: int, tier: Tier, contract: ContractKey) -> None:
    """Keep a contract; once is enough. NotAllowed where the tier saves none or the account is full."""
    allowed = limits(tier, "flow_trend")
    most = 0 if allowed is None else MOST_SAVED if allowed.saved is None else allowed.saved
    if most == 0:
        raise NotAllowed("Saved contracts are not part of your tier.")
    with auth.transaction() as work:
        work.execute("save_contract", account_id=account_id, **vars(contract))
        if work.value("count_saved_contracts", account_id=account_id) > most:
            raise NotAllowed(f"You can save {most} contracts. Remove one first.")


def remove(auth: Database, account_id: int, contract: ContractKey) -> None:
    """Forget a saved contract; nothing happens if it is not saved."""
    auth.execute("remove_saved_contract", account_id=account_id, **vars(contract))

"""How much one visitor may ask of the pages' websocket: connections at the same time, messages in a while."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from usecases.sign_in import network

# A message costs 10 to 30 ms of the process that serves everybody. A page that opens sends two or three, a quick hand with
# filters some each second. Strangers of one address share what is theirs, so a place with many of them gets as much as one.
STRANGERS = RateLimitItemPerSecond(80, 10)
ACCOUNT = RateLimitItemPerSecond(150, 10)
CONNECTIONS = 60  # open at once


class Allowance:
    """Counts of this process: an account's, wherever it comes from; a stranger's, by the network he comes from."""

    def __init__(self) -> None:
        self._messages = FixedWindowRateLimiter(MemoryStorage())
        self._open: Counter[str] = Counter()

    def share(self, account_id: int | None, address: str) -> "Share":
        """What one visitor has of it."""
        if account_id is None:
            return Share(f"address {network(address)}", STRANGERS, self._messages, self._open)
        return Share(f"account {account_id}", ACCOUNT, self._messages, self._open)


class Share:
    """One visitor's part."""

    def __init__(self, key: str, most: RateLimitItemPerSecond, messages: FixedWindowRateLimiter, open_now: Counter[str]):
        self._key, self._most, self._messages, self._open = key, most, messages, open_now

    def spend(self) -> bool:
        """Count one message; False where it is one too many."""
        return self._messages.hit(self._most, self._key)

    @contextmanager
    def connection(self) -> Iterator[bool]:
        """Count a connection, which is a message too, while the block runs; False where either is one too many."""
        self._open[self._key] += 1
        try:
            yield self._open[self._key] <= CONNECTIONS and self.spend()
        finally:
            self._open[self._key] -= 1
            if not self._open[self._key]:
                del self._open[self._key]

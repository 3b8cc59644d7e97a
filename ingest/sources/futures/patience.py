"""How patiently venues are asked: a call ends well within its minute, and a venue that fails for long is left alone."""

from pyrate_limiter import Rate

from ingest.providers.policy import Policy

_ATTEMPTS = 3  # a look that fails is a gap of one cycle, and the next is a minute away
_DEADLINE = 15.0
_SILENCE = 8.0
_PAUSE, _LONGEST = 80.0, 280.0
"""With one look a minute: after five that failed one is left out, after each probe that fails two and then four."""


def polite(venue: str, *rates: Rate) -> Policy:
    """A venue's policy: its own rates, and the patience that all venues are shown. Times in seconds."""
    return Policy(
        venue, rates, attempts=_ATTEMPTS, deadline=_DEADLINE, read_timeout=_SILENCE, pause=_PAUSE, longest_pause=_LONGEST
    )

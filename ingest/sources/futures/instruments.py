"""Which futures and perpetuals a venue lists: asked once a day, read from the bytes without a network."""

from collections.abc import Collection

from analytics.futures import Instrument
from core.clock import Clock
from core.errors import RefusedPayload
from ingest.sources.futures.exchange import listening, trouble, troubles
from ingest.sources.futures.shapes import Exchange, Listed, Raw, Venue

_SECONDS = 120.0
_LONGEST = 60  # characters of a name
_MOST = 1e12  # coins or dollars behind one contract
_KEEPS = 0.5  # of the least volume: an instrument near it does not come and go every day


def fetch_instruments(venue: Venue, exchange: Exchange, clock: Clock) -> Raw:
    """The venue's own list and its volumes, as they came; whatever goes wrong is in `trouble`."""
    failed = None
    with listening(exchange, clock, _SECONDS) as answers:
        try:
            venue.ask_list(exchange)
        except troubles() as error:
            failed = trouble(error, answers)
    return Raw(venue.name, "instruments", tuple(answers), failed)


def parse_instruments(venue: Venue, raw: Raw) -> list[Listed]:
    """Every active future and perpetual of a kept list. Refused: the trouble's reason, `no_instruments`."""
    if raw.trouble:
        raise RefusedPayload(raw.trouble.reason, raw.trouble.detail)
    found = [each for each in venue.listed(raw.answers) if _whole(each.instrument)]
    if not found:
        raise RefusedPayload("no_instruments", f"{venue.name} lists no future and no perpetual, or in a way that cannot be read.")
    return found


def _whole(instrument: Instrument) -> bool:
    """Whether everything that a figure needs is there and can be meant."""
    words = (instrument.symbol, instrument.base, instrument.quote, instrument.settle)
    named = all(isinstance(word, str) and 0 < len(word) <= _LONGEST and word.isprintable() for word in words)
    return named and 1 / _MOST < instrument.contract_size < _MOST


def followed(listed: Collection[Listed], least_usd: float, before: Collection[str] = ()) -> list[Listed]:
    """Those traded for at least `least_usd` in 24 hours, or half of it where they were followed before."""
    return [
        each
        for each in listed
        if each.volume_usd is not None and each.volume_usd >= least_usd * (_KEEPS if each.instrument.symbol in before else 1.0)
    ]

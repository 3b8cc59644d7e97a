"""The table of venues, in the order in which answers list them."""

from core.settings import Settings
from ingest.sources.futures import binance, bybit, deribit, hyperliquid, okx
from ingest.sources.futures.shapes import Venue

VENUES: dict[str, Venue] = {
    venue.name: venue for venue in (binance.VENUE, bybit.VENUE, okx.VENUE, deribit.VENUE, hyperliquid.VENUE)
}


def switched_on(settings: Settings) -> tuple[Venue, ...]:
    """The venues that SOURCES names."""
    named = {name.strip() for name in settings.sources.split(",")}
    return tuple(venue for name, venue in VENUES.items() if name in named)

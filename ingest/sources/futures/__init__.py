"""Open interest of futures and perpetuals at five crypto venues, through ccxt.

    exchange = make_exchange(venue)
    listed = parse_instruments(venue, fetch_instruments(venue, exchange, clock))
    parsed = parse(venue, fetch(venue, exchange, [each.instrument for each in listed], clock, 30.0), ...)

`fetch` speaks with the venue and keeps every answer as it came; `parse` reads the answers and needs no network. One file a venue.
A coin is what the venue's list calls it: `1000PEPE` of one venue and `PEPE` of another stay two coins, because no list says how
they belong together.
"""

from ingest.sources.futures.exchange import make_exchange
from ingest.sources.futures.instruments import fetch_instruments, followed, parse_instruments
from ingest.sources.futures.readings import fetch, parse
from ingest.sources.futures.shapes import Answer, Listed, Parsed, Raw, Reading, Refused, Trouble, Venue, unpacked
from ingest.sources.futures.venues import VENUES, switched_on

__all__ = [
    "VENUES", "Answer", "Listed", "Parsed", "Raw", "Reading", "Refused", "Trouble", "Venue", "fetch", "fetch_instruments",
    "followed", "make_exchange", "parse", "parse_instruments", "switched_on", "unpacked",
]  # fmt: skip

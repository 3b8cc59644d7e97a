"""R5 for the venues of futures: mutated answers crash nothing, and every row of theirs is accounted for."""

import random
import warnings
from datetime import UTC, datetime
from typing import Any

from ingest.sources.futures import VENUES, Venue, fetch, fetch_instruments, followed, make_exchange, parse, parse_instruments
from tests.campaign import _stores
from tests.ingest.futures.mutations import mutated
from tests.standins.venues import Carried, World

COVERS = ("R5",)
ANSWERS = 10_000


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json: 10,000 looks at each venue in full, else a hundredth of them."""
    count = ANSWERS if full else ANSWERS // 100
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = [_looked(venue, random.Random(venue.name), count) for venue in VENUES.values()]
    crashes, unaccounted = (sum(each[place] for each in found) for place in (0, 1))
    looks = f"of {count:,} mutated looks at each of {len(VENUES)} venues"
    return [
        _stores.count_row("R5", f"crashes, {looks}", crashes),
        _stores.count_row("R5", f"looks with a row that is not accounted for, {looks}", unaccounted),
    ]


def _looked(venue: Venue, rng: random.Random, count: int) -> tuple[int, int]:
    """Crashes, and looks with unaccounted rows."""
    world = World(coins=4)
    exchange = make_exchange(venue, Carried(world))

    def clock() -> datetime:
        return datetime.fromtimestamp(world.at, UTC)

    wanted = [each.instrument for each in followed(parse_instruments(venue, fetch_instruments(venue, exchange, clock)), 1e7)]
    raw = fetch(venue, exchange, wanted, clock, 60.0)
    crashes = unaccounted = 0
    for _ in range(count):
        try:
            read = parse(venue, mutated(raw, rng), wanted)
        except Exception:  # noqa: BLE001 - counting what must not happen is the point
            crashes += 1
        else:
            unaccounted += read.rows_in != len(read.readings) + len(read.refused) + read.duplicates + read.untracked
    return crashes, unaccounted

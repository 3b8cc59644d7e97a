"""What has been collected so far, while there is nothing to hold it against: the first page of a market that has just begun."""

from dataclasses import dataclass

import pandas as pd

from core import vocabulary
from core.access import Tier
from db import chains
from usecases.freshness import Freshness, freshness
from usecases.reader import Reader


@dataclass(frozen=True)
class CollectedView:
    """Totals by ticker of the latest session of chains, columns of vocabulary.CHAIN_TOTALS; freshness None before the first."""

    totals: pd.DataFrame
    freshness: Freshness | None


def view_collected(reader: Reader) -> CollectedView:
    """Chains of the latest session, of the preferred source; a free reader sees none of them."""
    nothing = CollectedView(vocabulary.empty(vocabulary.CHAIN_TOTALS), None)
    if reader.tier is Tier.FREE:
        return nothing
    stored = [each for each in reader.stored() if each.holds == "chains" and each.contracts]
    if not stored:
        return nothing
    latest = max(stored, key=lambda each: (each.quote_session, -each.preference))
    totals = vocabulary.cast(chains.chain_totals(reader.db, latest), vocabulary.CHAIN_TOTALS)
    shown = freshness(latest, True, reader.data_version()[0], reader.clock())
    return CollectedView(totals, shown)

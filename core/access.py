"""Who may what: one table of features and limits, used by page, endpoint and command alike."""

from dataclasses import dataclass
from enum import StrEnum


class Tier(StrEnum):
    """Tiers in rising order."""

    ANONYMOUS = "anonymous"
    FREE = "free"
    PREMIUM = "premium"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """Place in the rising order, 0 for anonymous."""
        return list(Tier).index(self)


@dataclass(frozen=True)
class Limits:
    """What a tier sees of a feature. None means no limit."""

    rows: int | None = None
    sessions: int | None = None
    nearest_expiration_only: bool = False
    saved: int | None = None


@dataclass(frozen=True)
class Feature:
    """A page or endpoint: its title, group and icon in the menu, and the limits of each tier that may enter."""

    name: str
    title: str
    group: str
    icon: str
    tiers: dict[Tier, Limits]
    teaser: str = ""
    holds: tuple[str, ...] = ()


ALL = Limits()
_PREMIUM = {Tier.PREMIUM: ALL, Tier.ADMIN: ALL}
_ADMIN = {Tier.ADMIN: ALL}
_EVERYBODY = dict.fromkeys(Tier, ALL)
_LATEST = Limits(rows=20, sessions=1, nearest_expiration_only=True)

FEATURES: dict[str, Feature] = {
    feature.name: feature
    for feature in (
        Feature("home", "Today", "Market", "today", {Tier.FREE: _LATEST, **_PREMIUM}),
        Feature("changes", "Changes", "Market", "bar_chart", {Tier.FREE: _LATEST, **_PREMIUM}),
        Feature(
            "new_positions",
            "New positions",
            "Market",
            "add_circle",
            _PREMIUM,
            "One row for each contract whose open interest was mostly added in the last counted session. "
            "Calls and puts are never mixed.",
            (
                "Threshold from 10 % to 100 % new",
                "First session on the list",
                "Opening bounds, where the final volume allows",
                "Every expiration, stocks and ETFs",
                "CSV and Parquet export",
            ),
        ),
        Feature(
            "display",
            "Display",
            "Market",
            "grid_view",
            _PREMIUM,
            "Changes and levels by strike for each of the largest tickers, side by side.",
            (
                "The ten largest tickers, or as many as you like",
                "Change and level by strike for each",
                "Calls and puts apart",
                "Every stored session",
                "Every expiration",
            ),
        ),
        Feature("flow_trend", "Flow trend", "Market", "timeline", {Tier.FREE: Limits(sessions=5, saved=0), **_PREMIUM}),
        Feature(
            "table",
            "Table",
            "Mine",
            "table_rows",
            _PREMIUM,
            "Every contract on the list with every column, filtered and sorted as you like.",
            (
                "All columns, each explained",
                "All filters of Changes",
                "Five sets of columns",
                "Totals on the list",
                "CSV and Parquet export",
            ),
        ),
        Feature("glossary", "Glossary", "Mine", "menu_book", _EVERYBODY),
        Feature("account", "Account", "Mine", "person", {Tier.FREE: ALL, **_PREMIUM}),
        Feature("accounts", "Accounts", "Admin", "group", _ADMIN),
        Feature("data", "Data", "Admin", "database", _ADMIN),
    )
}


def allows(tier: Tier, feature: str) -> bool:
    """Whether a tier may enter a feature at all."""
    return tier in FEATURES[feature].tiers


def limits(tier: Tier, feature: str) -> Limits | None:
    """The limits of a tier within a feature; None where it may not enter."""
    return FEATURES[feature].tiers.get(tier)


EXPORTED = ("home", "changes", "new_positions", "display", "flow_trend", "table", "accounts")


def may_export(tier: Tier, feature: str) -> bool:
    """Whether a tier may take the rows of a feature away as a file."""
    return feature in EXPORTED and tier.rank >= Tier.PREMIUM.rank and allows(tier, feature)

"""What is known about every source before a figure of it is stored: what it holds, its dates, its price, its rights."""

from dataclasses import dataclass, replace
from typing import Literal

from core.errors import SettingsError
from core.settings import Settings

Holds = Literal["changes", "chains", "prices", "bars", "futures", "rates", "actions", "adjustments", "names"]
REFERENCE = ("rates", "actions", "adjustments", "names")
"""Kinds of facts that chains are read with: interest, dividends and splits, memos on adjusted contracts, names."""


@dataclass(frozen=True)
class About:
    """One source. key_needed, call_cost, rate_limit, licence_note, delay, date_rule: words for operators.

    scheduled: the collector can fetch it. by_hand: how it is fetched where no timetable has it yet. rights: it runs only after
    SOURCE_<NAME>_RIGHTS=confirmed. needs: settings without which it cannot run.
    """

    source: str
    label: str
    preference: int
    holds: Holds
    coverage: Literal["full", "top_list"]
    date_rule: str
    licence_note: str
    delay: str
    key_needed: str = "none"
    call_cost: str = "a file"
    rate_limit: str = "none"
    simulated: bool = False
    scheduled: bool = False
    by_hand: str = ""
    rights: bool = False
    needs: tuple[str, ...] = ()

    @property
    def on_request(self) -> bool:
        """Whether `oiflow collect` and the page Data fetch it; lists by browser and futures come by the clock alone."""
        return self.scheduled and self.holds in ("chains", *REFERENCE)


DERIVED = "derived"
"""What follows from chains of other sources."""
_BEFORE = "Open interest of the session before the quotes."
_OWN_USE = "For your own use under the site's terms; showing it to others needs their licence."
_OF_VENUE = "Public market data, under the venue's terms."
_OF_BROKER = "With your own brokerage account, under its API's terms."
_MADE_UP = "Made up by this product; no vendor's row in it."
_YOURS = "Your own file: its rows keep the terms of wherever you have them from."

ABOUT: dict[str, About] = {
    about.source: about
    for about in (
        About(
            "barchart", "Barchart", 10, "changes", "top_list",
            "Session from the footer's instant; open interest of the session before.",
            "Your own downloads, for your own use under the site's terms.", "15 minutes",
            key_needed="user and password", call_cost="1 download a slot, 4 a session", scheduled=True, rights=True,
            needs=("barchart_user", "barchart_password"),
        ),
        About(
            DERIVED, "Chains of two sessions", 12, "changes", "full",
            "Both dates of the later chain; the change is against the chain of the session before, of the same source.",
            "As the chains.", "as the chains", call_cost="none",
        ),
        About(
            "simulated", "Simulated market", 100, "changes", "top_list", "As barchart.",
            _MADE_UP, "none", simulated=True,
        ),
        About(
            "simulated_chain", "Simulated chains", 110, "chains", "full", "As barchart.",
            _MADE_UP, "none", simulated=True,
        ),
        About(
            "cboe", "Cboe delayed quotes", 20, "chains", "full",
            f"{_BEFORE} The session from the payload's stamp (UTC).", _OWN_USE, "15 minutes",
            call_cost="1 call a name, all expirations", rate_limit="60 calls a minute (ours; the site states none)",
            scheduled=True,
        ),
        About(
            "cboe_csv", "Cboe chain downloads", 25, "chains", "full",
            f"{_BEFORE} The session from the date line of the file, or from its name.", _OWN_USE, "15 minutes",
        ),
        About(
            "yahoo", "Yahoo Finance", 40, "chains", "full",
            f"{_BEFORE} The session from the quote's own time.", _OWN_USE, "15 minutes",
            call_cost="1 call a name and expiration", rate_limit="60 calls a minute (ours; the site states none)", scheduled=True,
        ),
        About(
            "schwab", "Schwab", 15, "chains", "full",
            f"{_BEFORE} The session from the quotes' time.",
            _OF_BROKER, "none for account holders",
            key_needed="app key, secret and a token file",
            call_cost="1 call a name, more for very large chains; 1 more a day for expirations",
            rate_limit="120 calls a minute", scheduled=True, rights=True,
            needs=("schwab_app_key", "schwab_app_secret", "schwab_token_file"),
        ),
        About(
            "massive", "Massive", 16, "chains", "full",
            f"{_BEFORE} The session from the snapshot's time.",
            "With your own subscription, under its terms.", "by subscription",
            key_needed="API key", call_cost="1 call for 250 contracts; 1 more a day for expirations",
            rate_limit="5 calls a minute unless your plan allows more", scheduled=True, rights=True,
            needs=("massive_api_key",),
        ),
        About(
            "occ", "OCC series", 18, "chains", "full",
            "Open interest of the session before the day of the report; no quotes.",
            "Published for market participants; for your own use.", "next morning",
            call_cost="1 call a name", rate_limit="30 calls a minute (ours; the site states none)", scheduled=True,
        ),
        About(
            "deribit_options", "Deribit options", 50, "chains", "full",
            "The UTC day of the snapshot, for open interest and quotes alike.",
            _OF_VENUE, "none",
            call_cost="2 calls a coin", rate_limit="20 calls a second; held to 10", scheduled=True,
            # its names are coins: it stands in for nobody, and the timetable is the exchange's
            by_hand="fetch it by `oiflow collect deribit_options --symbols BTC,ETH`; no timetable has it yet",
        ),
        About(
            "schwab_bars", "Schwab price history", 17, "bars", "full", "The day of each candle's begin.",
            _OF_BROKER, "none for account holders",
        ),
        About(
            "schwab_prices", "Schwab daily prices", 17, "prices", "full", "The day of each candle's begin.",
            _OF_BROKER, "none for account holders",
        ),
        About(
            "binance", "Binance futures", 60, "futures", "full",
            "The UTC day of the look; beside it the instant that the venue states for each instrument.",
            _OF_VENUE, "none; looked at every 5 minutes",
            call_cost="1 call an instrument and 2 for prices; 4 a day for the lists",
            rate_limit="2,400 weights a minute, 1 to 40 a call; held to 1,000 calls", scheduled=True,
        ),
        About(
            "bybit", "Bybit futures", 61, "futures", "full",
            "The UTC day of the look; beside it the instant of the venue's answer.",
            _OF_VENUE, "none; looked at every minute",
            call_cost="2 calls for all instruments; about 4 a day for the lists",
            rate_limit="600 calls in 5 seconds; held to 50", scheduled=True,
        ),
        About(
            "okx", "OKX futures", 62, "futures", "full",
            "The UTC day of the look; beside it the instant that the venue states for each instrument.",
            _OF_VENUE, "none; looked at every minute",
            call_cost="2 calls for all instruments and 2 for prices; 4 a day for the lists",
            rate_limit="10 or 20 calls in 2 seconds, by address; held to 8 in all", scheduled=True,
        ),
        About(
            "deribit", "Deribit futures", 63, "futures", "full",
            "The UTC day of the look; beside it the instant at which the venue made the summary.",
            _OF_VENUE, "none; looked at every minute",
            call_cost="1 call a settlement currency; 1 more a day for the list",
            rate_limit="20 calls a second; held to 5, beside 10 for its options", scheduled=True,
        ),
        About(
            "hyperliquid", "Hyperliquid perpetuals", 64, "futures", "full",
            "The UTC day of the look; the venue states no instant.",
            _OF_VENUE, "none; looked at every minute",
            call_cost="1 call for all instruments, lists among them",
            rate_limit="1,200 weights a minute, 20 a call; held to 30 calls", scheduled=True,
        ),
        About(
            "treasury", "US Treasury par yields", 81, "rates", "full",
            "The day of each line; known at 18:00 of New York that day, or when it was fetched if that was earlier.",
            "A work of the US government, free to use.", "same evening",
            call_cost="1 call a month, or a year", rate_limit="10 calls a minute (ours; the site states none)", scheduled=True,
        ),
        About(
            "rates_file", "Rates of rates.toml", 80, "rates", "full",
            "What each curve says: the day it describes, and when it was known.",
            "Your own file; the one that comes with the product is an assumption, not an observation.", "none",
        ),
        About(
            "yahoo_actions", "Yahoo dividends and splits", 83, "actions", "full",
            "The ex-date; known when it was fetched, or at the open of the ex-date if that was earlier.", _OWN_USE, "unknown",
            call_cost="2 calls a name", rate_limit="30 calls a minute (ours; the site states none)", scheduled=True,
        ),
        About(
            "actions_file", "Dividends and splits of a file", 82, "actions", "full",
            "The ex-date of each line; known when the line says, else at the open of the ex-date.", _YOURS, "none",
        ),
        About(
            "adjustments_file", "Adjusted contracts of a file", 84, "adjustments", "full",
            "The effective day of each memo; known when the line says, else at the open of that day.", _YOURS, "none",
        ),
        About(
            "nasdaq_names", "Nasdaq symbol directory", 86, "names", "full", "Known when the file was made, by its last line.",
            "Published by Nasdaq for traders; for your own use under the site's terms.", "changes several times a day",
            call_cost="1 call a list, 2 lists", rate_limit="10 calls a minute (ours; the site states none)", scheduled=True,
        ),
        About(
            "names_file", "Names of a file", 85, "names", "full", "Known when its lines say.", _YOURS, "none",
        ),
    )
}  # fmt: skip
"""Every source that the product knows by itself, by name; mapping files bring others."""

VENUES = tuple(name for name, about in ABOUT.items() if about.holds == "futures")
"""Venues of futures, whose open interest is collected around the clock."""

SCAN = "_scan"
"""What the name of a source's scans ends with: the nearest expirations of a few names, several times a day."""

ABOUT |= {
    f"{name}{SCAN}": replace(
        about, source=f"{name}{SCAN}", label=f"{about.label}, scans", preference=about.preference + 100, coverage="top_list",
        scheduled=False,
    )
    for name, about in ABOUT.items()
    if about.scheduled and about.holds == "chains"
}  # fmt: skip

SCANS = tuple(name for name in ABOUT if name.endswith(SCAN))

SIMULATED = frozenset(name for name, about in ABOUT.items() if about.simulated)
"""Sources of made-up figures: nothing of theirs goes in beside real ones."""


def on_request(source: str) -> About:
    """A source that may be fetched because somebody asks. SettingsError, with those that may, for any other."""
    about = ABOUT.get(source)
    if about is None or not about.on_request:
        raise SettingsError(f"{source} cannot be fetched; there are {', '.join(sorted(on_requests()))}.")
    return about


def on_requests() -> list[str]:
    """Those sources by name."""
    return [name for name, about in ABOUT.items() if about.on_request]


def scheduled(settings: Settings) -> list[str]:
    """What SOURCES names, each once. SettingsError for a source that nobody knows or that cannot be fetched."""
    listed = [name.strip().lower() for name in settings.sources.split(",") if name.strip()]
    known = {name for name, about in ABOUT.items() if about.scheduled} | set(VENUES)
    if wrong := [name for name in listed if name not in known]:
        raise SettingsError(f"SOURCES names {', '.join(wrong)}; there are {', '.join(sorted(known))}.")
    return list(dict.fromkeys(listed))


def lacking(about: About, settings: Settings) -> str:
    """What a source needs before it may run; '' where nothing."""
    missing = [name.upper() for name in about.needs if not _given(settings, name)]
    if about.rights and getattr(settings, f"source_{about.source}_rights", "") != "confirmed":
        missing.append(f"SOURCE_{about.source.upper()}_RIGHTS=confirmed (you may use it: {about.licence_note})")
    return f"set {', '.join(missing)}" if missing else ""


def secrets(about: About, settings: Settings) -> tuple[str, ...]:
    """What a source is asked with that nobody may read: its keys, and all of them as a sign-in sends them together."""
    values = [getattr(settings, name) for name in about.needs if _given(settings, name)]
    found = [value.get_secret_value() for value in values if hasattr(value, "get_secret_value")]
    return (*found, ":".join(found)) if len(found) > 1 else tuple(found)


def _given(settings: Settings, name: str) -> bool:
    value = getattr(settings, name, "")
    return bool(value.get_secret_value() if hasattr(value, "get_secret_value") else value)

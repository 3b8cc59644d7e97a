"""The filter bar. The address is the truth: widgets are filled from it and write to it; what is as usual stays out of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import streamlit as st

from usecases.filters import MONEYNESS, MOST_DTE, Filters
from usecases.sign_in import Account
from webapp import address, empty, formats, frame, markup
from webapp.look import Look

LOCK = ":material/lock:"
LOCKED_HELP = "Part of Premium. Your account shows the latest session and the nearest expiration of each ticker."
MARKETS = {"all": "All", "stock": "Stocks", "etf": "ETFs"}
RIGHTS = {"both": "Both", "C": "Calls", "P": "Puts"}
TRADED: dict[tuple[int, ...], str] = {
    (): "Any side", (2, 1): "Ask side or above", (2,): "▲▲ Above ask", (1,): "▲ Ask side", (0,): "• At mid", (-1,): "▼ Bid side",
    (-2,): "▼▼ Below bid", (-1, -2): "Bid side or below",
}  # fmt: skip
DAYS = (0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365, 545, 730, MOST_DTE)
SIZES = (0, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 20_000, 40_000)
PREMIUMS = (0, 10_000, 50_000, 100_000, 500_000, 1_000_000, 5_000_000)
COUNTS = [str(n) for n in range(1, 31)]
SHOWN = {"change": "Change", "level": "Open interest"}
SHARES = tuple(n / 100 for n in range(10, 101, 5))


@dataclass(frozen=True)
class Bar:
    """What a page's bar offers. `start` is what the page begins with; `limited` locks what free accounts do not have;
    `no_ticker` is what the page shows without one."""

    start: Filters
    filters: Filters
    sessions: Sequence[date]
    shown: date | None
    tickers: Sequence[str] = ()
    limited: bool = False
    ticker: bool = True
    traded: bool = True
    share_new: bool = False
    no_ticker: str = "All"
    more: bool = True


def bar(what: Bar, account: Account, look: Look, extra: Callable[[], None] | None = None) -> None:
    """The bar under the title; on phones a button that opens the same controls as a sheet. Chips stand below."""
    if look.phone:
        count = len(what.filters.query(what.start))
        with st.container(horizontal=True, key="phone_tools", gap="small"):
            with st.popover(f"Filters · {count}" if count else "Filters", icon=":material/tune:", key="sheet"):
                _controls(what, extra)
                if what.more:
                    _more(what)
            frame.ticker_box(account, "search", width=118)
            copy_link()
    else:
        with st.container(horizontal=True, key="bar_filters", vertical_alignment="bottom", gap="small"):
            _controls(what, extra)
            if what.more:
                with st.popover("More", icon=":material/tune:", key="more"):
                    _more(what)
    chips(what, look)


def phone_session(what: Bar, account: Account) -> None:
    """Session and ticker box of a page without a filter bar, under its figures."""
    with st.container(horizontal=True, key="phone_tools", gap="small"):
        session(what)
        frame.ticker_box(account, "search", width=118)


def copy_link() -> None:
    """A button that copies the address; the script of every page does the work."""
    markup.show(markup.fill('<a class="of-button of-copy" role="button" tabindex="0" href="#copy">Copy link</a>'))


def _controls(what: Bar, extra: Callable[[], None] | None) -> None:
    session(what, labelled=True)
    _segments("market", "Market", MARKETS, what)
    _segments("right", "Right", RIGHTS, what)
    _days(what)
    if what.traded:
        _choice("traded", "Traded", TRADED, what, width=138)
    if what.ticker:
        _ticker(what)
    if what.share_new:
        _share(what)
    if extra:
        extra()


def session(what: Bar, *, labelled: bool = False) -> None:
    """Stored sessions only, so arrows step over holidays; locked for accounts that see the latest."""
    known = list(what.sessions)
    shown = what.shown if what.shown in known else (known[0] if known else None)
    at = known.index(shown) if shown is not None else 0
    with st.container(horizontal=True, width="content", vertical_alignment="bottom", gap=None, key="session_box"):
        if not what.limited:
            _arrow("earlier", ":material/chevron_left:", known[at + 1] if at + 1 < len(known) else None, what)
        key = fill("session", shown)
        st.selectbox(
            "Session",
            known,
            key=key,
            format_func=formats.day,
            disabled=what.limited,
            width=166,
            label_visibility="visible" if labelled else "collapsed",
            icon=LOCK if what.limited else None,
            help=LOCKED_HELP if what.limited else None,
            on_change=_changed,
            args=("session", key, what, lambda day: None if day == known[0] else day),
        )
        if not what.limited:
            _arrow("later", ":material/chevron_right:", known[at - 1] if at > 0 and known else None, what)


def _arrow(name: str, icon: str, day: date | None, what: Bar) -> None:
    newest = what.sessions[0] if what.sessions else None
    words = f"{'Session before' if name == 'earlier' else 'Session after'}: {formats.day(day)}" if day else "No further session"
    st.button(
        "", icon=icon, key=f"session_{name}", disabled=day is None, help=words, on_click=_set, type="tertiary",
        args=(what, "session", None if day == newest else day),
    )  # fmt: skip


def _segments(name: str, label: str, options: dict[str, str], what: Bar) -> None:
    key = fill(name, getattr(what.filters, name))
    st.segmented_control(
        label, list(options), key=key, format_func=options.__getitem__, required=True, on_change=_changed,
        args=(name, key, what, lambda value: value or next(iter(options))),
    )  # fmt: skip


def _days(what: Bar) -> None:
    value = what.filters.dte
    key = fill("dte", value)
    st.select_slider(
        "Days to expiration" if not what.limited else f"{LOCK} Days to expiration", sorted({*DAYS, *value}), key=key,
        value=address.PLAIN.dte, disabled=what.limited, help=LOCKED_HELP if what.limited else None, width=176,
        on_change=_changed, args=("dte", key, what, tuple),
    )  # fmt: skip


def _choice(name: str, label: str, options: dict[Any, str], what: Bar, width: int | Literal["stretch"] = 150) -> None:
    value = getattr(what.filters, name)
    words = options if value in options else options | {value: f"{len(value)} chosen"}
    key = fill(name, value)
    st.selectbox(
        label,
        list(words),
        key=key,
        format_func=words.__getitem__,
        width=width,
        on_change=_changed,
        args=(name, key, what, None),
    )


def _ticker(what: Bar) -> None:
    value = what.filters.ticker
    options = list(what.tickers) if value is None or value in what.tickers else [value, *what.tickers]
    key = fill("ticker", value)
    st.selectbox(
        "Ticker",
        options,
        key=key,
        index=None,
        placeholder=what.no_ticker,
        width=116,
        on_change=_changed,
        args=("ticker", key, what, None),
    )


def _share(what: Bar) -> None:
    value = what.filters.share_new
    key = fill("share_new", value)
    st.select_slider(
        "Share new, at least", sorted({*SHARES, value}), key=key, format_func=formats.share, width=150, on_change=_changed,
        args=("share_new", key, what, None),
    )  # fmt: skip


def _more(what: Bar) -> None:
    if not what.traded:
        _choice("traded", "Traded", TRADED, what, width="stretch")
    _amount("min_change", "Size of change, at least", SIZES, formats.full, what)
    _amount("min_premium", "Premium, at least", PREMIUMS, formats.money, what)
    key = fill("moneyness", list(what.filters.moneyness))
    st.pills(
        "Moneyness", MONEYNESS, selection_mode="multi", key=key, on_change=_changed,
        args=("moneyness", key, what, lambda chosen: tuple(label for label in MONEYNESS if label in chosen)),
    )  # fmt: skip
    key = fill("flagged", what.filters.flagged)
    st.toggle("Offer flagged sessions too", key=key, disabled=what.limited, on_change=_changed, args=("flagged", key, what, bool))
    key = fill("listed_since", what.filters.listed_since)
    st.selectbox(
        "On list since", list(what.sessions), key=key, index=None, placeholder="Any session", format_func=formats.day,
        disabled=what.limited, icon=LOCK if what.limited else None, on_change=_changed, args=("listed_since", key, what, None),
    )  # fmt: skip


def _amount(name: str, label: str, steps: Sequence[int], words: Callable[[Any], str], what: Bar) -> None:
    value = getattr(what.filters, name)
    key = fill(name, value)
    st.selectbox(
        label, sorted({*steps, value}), key=key, format_func=lambda n: words(n) if n else "Any", on_change=_changed,
        args=(name, key, what, None),
    )  # fmt: skip


def chips(what: Bar, look: Look) -> None:
    """What is set, each removable; Reset only where something is."""
    active = [name for name in what.filters.query(what.start) if not (name == "session" and what.limited)]
    if not active:
        return
    with st.container(horizontal=True, key="chips", gap="small", vertical_alignment="center"):
        for name in active:
            st.button(
                f"{chip(name, getattr(what.filters, name))} ✕",
                key=f"chip_{name}",
                help="Remove",
                on_click=_set,
                args=(what, name, getattr(what.start, name)),
            )
        st.button("Reset", key="reset", type="tertiary", on_click=_reset)
        if not look.phone:
            copy_link()


def chip(name: str, value: Any) -> str:
    """A filter in words: Puts, 0 to 7 days, size 50,000 or more."""
    words: dict[str, Callable[[Any], str]] = {
        "session": formats.day, "market": MARKETS.__getitem__, "right": RIGHTS.__getitem__,
        "dte": lambda days: f"{days[0]} to {days[1]} days",
        "traded": lambda codes: TRADED.get(codes) or ", ".join(formats.traded(code) for code in codes) or "Any side",
        "ticker": lambda symbol: symbol or "Largest ticker", "min_change": lambda n: f"Size {formats.full(n)} or more",
        "moneyness": lambda labels: " or ".join(labels) or "Any moneyness",
        "min_premium": lambda n: f"Premium {formats.money(n)} or more",
        "flagged": lambda on: "Flagged sessions too" if on else "Without flagged sessions",
        "listed_since": lambda day: f"On list since {formats.day(day)}", "share_new": lambda n: f"{formats.share(n)} new or more",
        "as_of": lambda at: f"As known {formats.clock_long(at)}",
    }  # fmt: skip
    return words[name](value)


def in_words(what: Filters, start: Filters) -> str:
    """All that is set, for the empty state."""
    return ", ".join(chip(name, getattr(what, name)) for name in what.query(start)) or "none"


def fill(name: str, value: Any) -> str:
    """Key of a control after it was filled with what the address says."""
    key = f"filter_{name}"
    st.session_state[key] = value
    return key


def _changed(name: str, key: str, what: Bar, read: Callable[[Any], Any] | None) -> None:
    value = st.session_state[key]
    _set(what, name, read(value) if read else value)


def _set(what: Bar, name: str, value: Any) -> None:
    address.write(replace(address.filters(what.start), **{name: value}), what.start)


def _reset() -> None:
    address.write(address.PLAIN, address.PLAIN)


def display_choices() -> None:
    """How many tickers Display shows, and whether change or level."""
    key = fill("count", address.choice("count", COUNTS, "10"))
    st.selectbox("Tickers", COUNTS, key=key, width=84, on_change=_word, args=("count", key, "10"))
    key = fill("show", address.choice("show", list(SHOWN), "change"))
    st.segmented_control(
        "Show", list(SHOWN), key=key, format_func=SHOWN.__getitem__, required=True, on_change=_word, args=("show", key, "change")
    )


def _word(name: str, key: str, usual: str) -> None:
    chosen = st.session_state[key]
    address.put(name, None if chosen in (None, usual) else chosen)


def nothing(what: Bar, loosening: tuple[str, object, str] | None) -> None:
    """No contract matches: the filters in words, the nearest loosening as the button."""
    words = f"Filters: {in_words(what.filters, what.start)}."
    if loosening is None:
        empty.show("no_match", words, on_click=_reset)
    else:
        name, value, button = loosening
        empty.show("no_match", words, button=button, on_click=lambda: _set(what, name, value))

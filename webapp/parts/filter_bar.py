"""The filter bar. The address is the truth: controls are filled from it and write to it; what is as usual stays out of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Literal

import streamlit as st

from usecases.display import COUNTS, USUAL
from usecases.filters import MONEYNESS, MOST_DTE, Filters
from usecases.selection import Loosening
from usecases.sign_in import Account
from webapp import address
from webapp.look import formats, markup
from webapp.look.theme import Look
from webapp.parts import empty, filter_words, frame

LOCK = ":material/lock:"
LOCKED_HELP = "Part of Premium. Your account shows the latest session and the nearest expiration of each ticker."
LOCKED: dict[bool, dict[str, Any]] = {True: {"disabled": True, "icon": LOCK, "help": LOCKED_HELP}, False: {}}
DAYS = (0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365, 545, 730, MOST_DTE)
SIZES = (0, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 20_000, 40_000)
PREMIUMS = (0, 10_000, 50_000, 100_000, 500_000, 1_000_000, 5_000_000)
SHOWN = {"change": "Change", "level": "Open interest"}
SHARES = tuple(n / 100 for n in range(10, 101, 5))
Write = Callable[[Any], None]  # what is done with the value that a visitor chose


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


def draw(what: Bar, account: Account, look: Look, extra: Callable[[], None] | None = None) -> None:
    """The bar under the title; on phones a button that opens the same controls as a sheet. Chips stand below."""
    if look.phone:
        count = len(what.filters.query(what.start))
        with sheet(f"Filters · {count}" if count else "Filters", account):
            _controls(what, extra)
            _more(what)
    else:
        with st.container(horizontal=True, key="bar_filters", vertical_alignment="bottom", gap="small"):
            _controls(what, extra)
            with st.popover("More", icon=":material/tune:", key="more"):
                _more(what)
    chips(what, look)


@contextmanager
def sheet(label: str, account: Account) -> Iterator[None]:
    """A phone's tools: a button that opens the controls of the `with` block, the ticker box, the link to copy."""
    with st.container(horizontal=True, key="phone_tools", gap="small"):
        with st.popover(label, icon=":material/tune:", key="sheet"):
            yield
        frame.ticker_box(account, "search", width=118)
        copy_link()


def phone_session(what: Bar, account: Account) -> None:
    """Session and ticker box of a page without a filter bar, under its figures."""
    with st.container(horizontal=True, key="phone_tools", gap="small"):
        session(what)
        frame.ticker_box(account, "search", width=118)


def copy_link() -> None:
    """A button that copies the address; the script of every page does the work."""
    markup.show(markup.fill('<a class="of-button of-copy" role="button" tabindex="0" href="#copy">Copy link</a>'))


def select(
    name: str, label: str, options: Sequence[Any], value: Any, write: Write, *, words: Callable[[Any], str] = str, **more: Any
) -> None:
    """A box to choose from, filled with what the address says, which is offered too where it is not among the options."""
    offered = list(options) if value is None or value in options else [value, *options]
    key = fill(name, value)
    st.selectbox(label, offered, key=key, format_func=words, on_change=_chosen, args=(key, write), **more)


def segments(name: str, label: str, options: Mapping[str, str], value: str, write: Write) -> None:
    """Choices side by side, filled with what the address says."""
    key = fill(name, value)
    st.segmented_control(
        label, list(options), key=key, format_func=options.__getitem__, required=True, on_change=_chosen, args=(key, write)
    )


def fill(name: str, value: Any) -> str:
    """Key of a control after it was filled with what the address says."""
    key = f"filter_{name}"
    st.session_state[key] = value
    return key


def _chosen(key: str, write: Write) -> None:
    write(st.session_state[key])


def _controls(what: Bar, extra: Callable[[], None] | None) -> None:
    filters = what.filters
    session(what, labelled=True)
    segments("market", "Market", filter_words.MARKETS, filters.market, lambda name: _set(what, "market", name or "all"))
    segments("right", "Right", filter_words.RIGHTS, filters.right, lambda name: _set(what, "right", name or "both"))
    _days(what)
    if what.traded:
        _traded(what, width=138)
    if what.ticker:
        select("ticker", "Ticker", what.tickers, filters.ticker, partial(_set, what, "ticker"), index=None, width=116,
               placeholder=what.no_ticker)  # fmt: skip
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
        select(
            "session", "Session", known, shown, lambda day: _set(what, "session", None if day == known[0] else day), width=166,
            words=formats.day, label_visibility="visible" if labelled else "collapsed", **LOCKED[what.limited],
        )  # fmt: skip
        if not what.limited:
            _arrow("later", ":material/chevron_right:", known[at - 1] if at > 0 and known else None, what)


def _arrow(name: str, icon: str, day: date | None, what: Bar) -> None:
    newest = what.sessions[0] if what.sessions else None
    words = f"{'Session before' if name == 'earlier' else 'Session after'}: {formats.day(day)}" if day else "No further session"
    st.button(
        "", icon=icon, key=f"session_{name}", disabled=day is None, help=words, on_click=_set, type="tertiary",
        args=(what, "session", None if day == newest else day),
    )  # fmt: skip


def _days(what: Bar) -> None:
    key = fill("dte", what.filters.dte)
    st.select_slider(
        "Days to expiration" if not what.limited else f"{LOCK} Days to expiration", sorted({*DAYS, *what.filters.dte}), key=key,
        value=address.PLAIN.dte, disabled=what.limited, help=LOCKED_HELP if what.limited else None, width=176,
        on_change=_chosen, args=(key, lambda days: _set(what, "dte", tuple(days))),
    )  # fmt: skip


def _traded(what: Bar, width: int | Literal["stretch"]) -> None:
    select("traded", "Traded", list(filter_words.TRADED), what.filters.traded, partial(_set, what, "traded"), width=width,
           words=lambda codes: filter_words.TRADED.get(codes, f"{len(codes)} chosen"))  # fmt: skip


def _share(what: Bar) -> None:
    value = what.filters.share_new
    key = fill("share_new", value)
    st.select_slider(
        "Share new, at least", sorted({*SHARES, value}), key=key, format_func=formats.share, width=150, on_change=_chosen,
        args=(key, partial(_set, what, "share_new")),
    )  # fmt: skip


def _more(what: Bar) -> None:
    filters = what.filters
    if not what.traded:
        _traded(what, width="stretch")
    _amount("min_change", "Size of change, at least", SIZES, formats.full, what)
    _amount("min_premium", "Premium, at least", PREMIUMS, formats.money, what)
    key = fill("moneyness", list(filters.moneyness))
    st.pills(
        "Moneyness", MONEYNESS, selection_mode="multi", key=key, on_change=_chosen,
        args=(key, lambda chosen: _set(what, "moneyness", tuple(label for label in MONEYNESS if label in chosen))),
    )  # fmt: skip
    key = fill("flagged", filters.flagged)
    st.toggle(
        "Offer flagged sessions too",
        key=key,
        disabled=what.limited,
        on_change=_chosen,
        args=(key, partial(_set, what, "flagged")),
    )
    select("listed_since", "On list since", what.sessions, filters.listed_since, partial(_set, what, "listed_since"), index=None,
           placeholder="Any session", words=formats.day, **LOCKED[what.limited])  # fmt: skip


def _amount(name: str, label: str, steps: Sequence[int], words: Callable[[Any], str], what: Bar) -> None:
    value = getattr(what.filters, name)
    select(name, label, sorted({*steps, value}), value, partial(_set, what, name), words=lambda n: words(n) if n else "Any")


def chips(what: Bar, look: Look) -> None:
    """What is set, each removable; Reset only where something is."""
    active = [name for name in what.filters.query(what.start) if not (name == "session" and what.limited)]
    if not active:
        return
    with st.container(horizontal=True, key="chips", gap="small", vertical_alignment="center"):
        for name in active:
            st.button(
                f"{filter_words.chip(name, getattr(what.filters, name))} ✕",
                key=f"chip_{name}",
                help="Remove",
                on_click=_set,
                args=(what, name, getattr(what.start, name)),
            )
        st.button("Reset", key="reset", type="tertiary", on_click=_reset)
        if not look.phone:
            copy_link()


def _set(what: Bar, name: str, value: Any) -> None:
    address.write(replace(address.filters(what.start), **{name: value}), what.start)


def _reset() -> None:
    address.write(address.PLAIN, address.PLAIN)


def display_choices() -> None:
    """How many tickers Display shows, and whether change or level."""
    count, shown = address.choice("count", COUNTS, USUAL), address.choice("show", list(SHOWN), "change")
    select("count", "Tickers", COUNTS, count, partial(address.put, "count", usual=USUAL), width=84)
    segments("show", "Show", SHOWN, shown, partial(address.put, "show", usual="change"))


def nothing(what: Bar, loosening: Loosening | None) -> None:
    """No contract matches: the filters in words, the nearest loosening as the button."""
    words = f"Filters: {filter_words.in_words(what.filters, what.start)}."
    if loosening is None:
        empty.show("no_match", words, on_click=_reset)
    else:
        empty.show("no_match", words, button=filter_words.loosened(loosening), on_click=lambda: _set(what, *loosening))

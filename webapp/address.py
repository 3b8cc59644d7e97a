"""The address is the view: filters are read from it and written to it; words that are not understood are ignored."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date

import streamlit as st

from core.access import limits
from usecases.filters import Filters
from usecases.sign_in import Account
from webapp import cached
from webapp.look import formats
from webapp.parts import empty, frame

_NAMES = tuple(field.name for field in fields(Filters))
PLAIN = Filters()


def filters(start: Filters = PLAIN) -> Filters:
    """The filters of the address on top of what the page starts with."""
    return Filters.from_query(st.query_params, start)


def of_page(feature: str, account: Account, start: Filters = PLAIN) -> Filters:
    """The same within the account's limits; on a day without a stored session the page says so and stops."""
    wanted = filters(start).clamped(limits(account.tier, feature))
    known = cached.sessions(account)
    if wanted.session is None or wanted.session in known:
        return wanted
    before = max((day for day in known if day < wanted.session), default=known[0] if known else None)
    with frame.page(feature, account):
        _no_session(wanted.session, before)
    st.stop()
    raise AssertionError("st.stop does not return")


def _no_session(wanted: date, before: date | None) -> None:
    words = f"Nothing is stored for {formats.day(wanted)}."
    if before is None:
        empty.show("no_session", words)
    else:
        empty.show("no_session", f"{words} The session before is {formats.day(before)}.", button=f"Go to {formats.day(before)}",
                   on_click=lambda: put("session", str(before)))  # fmt: skip


def write(wanted: Filters, start: Filters) -> None:
    """Put the filters into the address, other words of the page untouched."""
    others = {name: word for name, word in st.query_params.items() if name not in _NAMES}
    st.query_params.from_dict(others | wanted.query(start))


def put(name: str, word: str | None, usual: str = "") -> None:
    """Set one word of the address, or take it out where it says nothing or what is usual."""
    if word in (None, "", usual):
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = word


def choice(name: str, options: Sequence[str], usual: str) -> str:
    """A word of the address that has to be one of `options`; anything else is the usual one."""
    word = st.query_params.get(name, usual)
    return word if word in options else usual


def words(wanted: Filters, start: Filters = PLAIN) -> str:
    """The filters as the words of an address, what the page starts with left out: for the links of exports."""
    return wanted.address("", start).partition("?")[2]

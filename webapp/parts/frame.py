"""What stands round every page: brand, account, title with its badges, ticker box, bar of the simulated market, footer."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import streamlit as st

from core.access import FEATURES, Tier, allows
from core.errors import NotAllowed
from core.vocabulary import NOTE
from usecases.freshness import Freshness
from usecases.sign_in import Account
from webapp import cached, pools
from webapp.look import markup, style, theme
from webapp.look.palette import Palette
from webapp.look.theme import Look
from webapp.menu import PAGES
from webapp.parts import badges

_TYPED = 60  # letters of a name that count
TITLES = {"changes": "Open interest changes"}
_MARK = (
    '<rect x="2" y="13" width="5" height="10" rx="1" fill="{call}"/>'
    '<rect x="9.5" y="3" width="5" height="20" rx="1" fill="{call}"/>'
    '<rect x="17" y="9" width="5" height="14" rx="1" fill="{put}"/>'
)
_LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="128" height="26" viewBox="0 0 128 26">{mark}'
    '<text x="31" y="20" font-family="sans-serif" font-size="18" font-weight="700" fill="{text}">OI Flow</text></svg>'
)
_HOW = (
    ' <span class="of-muted phone-less">Your own files: <code>oiflow import FILE</code>, '
    "then <code>OIFLOW_DEMO=0 make run</code></span>"
)
_ICON = '<svg xmlns="http://www.w3.org/2000/svg" width="26" height="26" viewBox="-1 0 26 26">{mark}</svg>'


def setup() -> None:
    """Settings of the browser's tab; called by the entry script before navigation. The icon is ours: no outside request."""
    st.set_page_config(page_title="OI Flow", page_icon=icon(theme.current().palette), layout="wide")


def name_tab(title: str) -> None:
    """The title of the browser's tab: the page, then the product."""
    st.set_page_config(page_title=f"{title} - OI Flow")


def icon(palette: Palette) -> str:
    """The three bars as an SVG data address."""
    return _address(_ICON.format(mark=_MARK.format(call=palette.call, put=palette.put)))


def _logo(palette: Palette) -> str:
    return _address(_LOGO.format(mark=_MARK.format(call=palette.call, put=palette.put), text=palette.text))


def _address(svg: str) -> str:
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()


@contextmanager
def page(
    feature: str, account: Account | None, freshness: Freshness | None = None, *, title: str = "", tag: str = "",
    tools: Callable[[], None] | None = None,
) -> Iterator[Look]:  # fmt: skip
    """Draw the frame of a page; the body of the `with` block is its content, `tools` stand beside the ticker box.

    Gives the visitor's look.
    """
    if feature in FEATURES and not tag and not allows(account.tier if account else Tier.ANONYMOUS, feature):
        raise NotAllowed()  # the lock of a page is its first statement; this one holds when somebody forgets it
    seen = theme.current(account.colours if account else None)
    style.inject(seen.palette)
    st.logo(_logo(seen.palette), icon_image=_logo(seen.palette), size="medium")
    if account is not None and account.account_id:
        _foot(account)
    if pools.settings().oiflow_demo or (freshness is not None and freshness.simulated):
        _simulated(account)
    words = title or TITLES.get(feature) or FEATURES[feature].title
    if seen.phone:  # a phone shows figures first; its page draws the tools
        _head(words, tag, None, freshness, None)
    else:
        _head(words, tag, account, freshness, tools)
    yield seen
    markup.show(markup.fill('<div class="of-foot">{sentence}</div>', sentence=NOTE))


def _foot(account: Account) -> None:
    with st.sidebar:
        markup.show(
            markup.fill(
                '<div class="of-account">{email}</div><div class="of-foot-row">{tag}'
                '<form method="post" action="/auth/sign-out">'
                '<button type="submit" class="of-plain">Sign out</button></form></div>',
                email=account.email,
                tag=badges.tag(account.tier),
            )
        )


def _head(title: str, tag: str, account: Account | None, freshness: Freshness | None, tools: Callable[[], None] | None) -> None:
    pills = badges.pills(freshness) if freshness is not None else markup.Safe()
    mark = badges.tag(tag) if tag else markup.Safe()
    with st.container(horizontal=True, key="page_head", vertical_alignment="center", gap="small"):
        markup.show(
            markup.fill(
                '<div class="of-head"><h1 class="of-title">{title}</h1>{tag}{pills}</div>', title=title, tag=mark, pills=pills
            )
        )
        if tools is not None:
            tools()
        if account is not None and account.account_id:
            ticker_box(account, "search")


def ticker_box(account: Account, key: str, width: int = 184) -> None:
    """Ticker by keyboard from anywhere: `/`, a few letters of it or of its company, Enter; opens Changes with that ticker."""
    names = cached.company_names(account)
    if (unknown := st.session_state.pop("unknown_ticker", None)) is not None:
        words = f"No ticker {unknown} on the list"
        markup.show(markup.fill('<span class="of-badge" role="alert"><i class="of-mark of-flag"></i>{words}</span>', words=words))
    st.selectbox(
        "Ticker", list(names), index=None, format_func=partial(_named, names), accept_new_options=True, key=key, width=width,
        label_visibility="collapsed", placeholder="Ticker  /", icon=":material/search:", on_change=_remember, args=(key, names),
    )  # fmt: skip
    if wanted := st.session_state.pop("wanted_ticker", None):
        open_page("changes", ticker=wanted)


def _named(names: Mapping[str, str | None], symbol: str) -> str:
    """A suggestion of the ticker box: AAPL - Apple Inc."""
    name = names.get(symbol)
    return f"{symbol} - {name}" if name else symbol


def _remember(key: str, names: Mapping[str, str | None]) -> None:
    """Keep what was typed for the run that follows: the ticker, the first that fits best, or an unknown one."""
    typed = str(st.session_state[key] or "").strip().upper()[:_TYPED]
    st.session_state[key] = None
    if typed:
        found = min(((place, symbol) for symbol, name in names.items() if (place := _fit(typed, symbol, name))), default=None)
        st.session_state["wanted_ticker" if found else "unknown_ticker"] = found[1] if found else typed[:16]


def _fit(typed: str, symbol: str, name: str | None) -> int:
    """How well what was typed fits a ticker, 1 best: it is the ticker, begins it, begins the name, a word of it, or stands
    within; 0 where it does not fit."""
    said = (name or "").upper()
    fits = (typed == symbol, symbol.startswith(typed), said.startswith(typed), f" {typed}" in f" {said}", typed in symbol)
    return fits.index(True) + 1 if any(fits) else 0


def open_page(feature: str, **words: str) -> None:
    """Go to a page with these words in its address."""
    st.switch_page(st.Page(PAGES / f"{feature}.py"), query_params=words)


def _simulated(account: Account | None) -> None:
    """The bar of the simulated market; how to load files is said to those who can."""
    admin = account is not None and allows(account.tier, "data")
    markup.show(
        markup.fill(
            '<div class="of-sim">◆ <b>Simulated market.</b> Every figure on this page is made up.{how}</div>',
            how=markup.Safe(_HOW) if admin else markup.NOTHING,
        )
    )

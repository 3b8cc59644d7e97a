"""Cards: one title line, the question's unit beside it, a legend at the right, then the chart or table."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import streamlit as st

from core.access import Limits, may_export
from usecases.changes import ChangesView
from usecases.filters import Filters
from usecases.freshness import is_left_out
from usecases.home import BALANCE_SESSIONS, MEDIAN_SESSIONS, HomeView
from usecases.new_positions import NewPositionsView
from usecases.sign_in import Account
from webapp.charts.base import PHONE_ROWS
from webapp.look import formats, markup
from webapp.look.theme import Look

_CALLS = '<span><i class="calls"></i>Calls</span>'
LEGENDS = {
    "": "",
    "stack": f'{_CALLS}<span><i class="puts hatched"></i>Puts</span><span>◆ Net</span>',
    "pairs": f'{_CALLS}<span><i class="puts hatched"></i>Puts</span>',
    "butterfly": '<span><span class="of-put">◂</span> Puts</span><span><span class="of-call">▸</span> Calls</span>',
    "marks": '<span><span class="of-call">●</span> Calls</span><span><span class="of-put">◆</span> Puts</span>',
}


@contextmanager
def card(
    name: str, title: str, subtitle: str = "", legend: str = "", *, link: str = "", files: markup.Safe = markup.NOTHING
) -> Iterator[None]:
    """A card with its title; content goes into the `with` block."""
    with st.container(key=f"card_{name}"):
        heading(title, subtitle, legend, link=link, files=files)
        yield


def heading(title: str, subtitle: str = "", legend: str = "", *, link: str = "", files: markup.Safe = markup.NOTHING) -> None:
    """The title line of a card; with `link` the title leads there; `files` are the links of its export."""
    name = markup.fill('<a href="{link}" target="_self">{title}</a>', link=link, title=title) if link else title
    markup.show(
        markup.fill(
            '<div class="of-card-title"><b>{title}</b><span class="phone-less">{subtitle}</span>'
            '<span class="of-legend">{legend}</span></div>',
            title=name,
            subtitle=subtitle,
            legend=markup.join([markup.Safe(LEGENDS[legend]), files]),
        )
    )


def figure(name: str, label: str, value: str | markup.Safe, unit: str = "", hover: str = "") -> None:
    """One key figure; the full value on hover."""
    with st.container(key=f"card_figure_{name}"):
        markup.show(
            markup.fill(
                '<div class="of-figure" title="{hover}"><span class="label">{label}</span>'
                '<span><span class="value">{value}</span><span class="unit">{unit}</span></span></div>',
                hover=hover,
                label=label,
                value=value,
                unit=unit,
            )
        )


def today(view: HomeView, look: Look) -> None:
    """Home's four key figures, two on a phone."""
    if look.phone:
        sums(view.calls, view.puts, view.limited)
        return
    places = row([1, 1, 1, 1])
    with places[0]:
        figure(
            "calls", "Calls, net change on list", formats.signed(view.calls), "contracts", formats.signed(view.calls, whole=True)
        )
    with places[1]:
        figure("puts", "Puts, net change on list", formats.signed(view.puts), "contracts", formats.signed(view.puts, whole=True))
    with places[2]:
        usual = f"median of {MEDIAN_SESSIONS} sessions {formats.decimal(view.put_call_median20)}" if view.limited is None else ""
        figure("ratio", "Put/call of change", formats.decimal(view.put_call), usual, "Puts ÷ calls, where both rose on the list")
    with places[3]:
        figure("contracts", "Contracts on list", formats.full(view.contracts), formats.plural(view.tickers, "ticker"))
    scope(view.limited)


def new_positions(view: NewPositionsView, look: Look) -> None:
    """The four key figures of New positions, two on a phone."""
    sides = markup.fill(
        '<span class="of-call" title="Calls">{calls}</span> / <span class="of-put" title="Puts">{puts}</span>',
        calls=formats.full(view.calls), puts=formats.full(view.puts),
    )  # fmt: skip
    found = ("found", "New contracts found", formats.full(view.found), f"of {formats.full(view.on_list)} on list")
    premium = ("premium", "Premium at mid", formats.money(view.premium), "", f"${formats.full(view.premium)}")
    opened = ("opened", "Contracts opened, net", formats.signed(view.opened), "", formats.signed(view.opened, whole=True))
    chosen = [found, premium] if look.phone else [found, ("sides", "Calls / puts", sides), opened, premium]
    for place, values in zip(st.columns(len(chosen), gap="small", wrap=False), chosen, strict=True):
        with place:
            figure(*values)


def left_out(view: HomeView) -> str:
    """Subtitle of the balance: which sessions have no bars, and why."""
    balance = view.balance
    if view.limited is not None:
        return f"Net change on list. {BALANCE_SESSIONS} sessions are part of Premium"
    out = [
        f"▲ {formats.day_axis(day)} left out: {', '.join(flags)}"
        for day, flags in zip(balance["session_date"], balance["flags"], strict=True)
        if is_left_out(flags)
    ]
    if len(out) > 2:
        return f"Net change on list. ▲ {len(out)} sessions left out"
    return ". ".join(["Net change on list", *out])


def days(filters: Filters, limited: Limits | None) -> str:
    """Which expirations are counted."""
    if limited is not None:
        return "Nearest expiration, contracts"
    return f"Expirations {filters.dte[0]} to {filters.dte[1]} days, contracts"


def sums(calls: int, puts: int, limited: Limits | None, where: str = "on list") -> None:
    """The two figures that a phone shows first."""
    left, right = st.columns(2, gap="small", wrap=False)
    with left:
        figure("calls", f"Calls, {where}", formats.signed(calls), hover=formats.signed(calls, whole=True))
    with right:
        figure("puts", f"Puts, {where}", formats.signed(puts), hover=formats.signed(puts, whole=True))
    scope(limited)


def files(feature: str, account: Account, query: str) -> markup.Safe:
    """Export as links, for those who have it: rows come from an authenticated address, never as bytes for a button."""
    if not may_export(account.tier, feature):
        return markup.NOTHING
    links = [
        markup.fill(
            '<a class="of-button" href="/export/{feature}.{form}{query}" download title="All filtered rows as {word}">{word}</a>',
            feature=feature,
            form=form,
            word=word,
            query=f"?{query}" if query else "",
        )
        for form, word in (("csv", "CSV"), ("parquet", "Parquet"))
    ]
    return markup.fill('<span class="of-buttons">{links}</span>', links=markup.join(links))


def counted(shown: int, on_list: int) -> str:
    """What sums are over: all contracts on the list, or those of them that the filters leave."""
    if shown < on_list:
        return f"Shown: {formats.full(shown)} of {formats.plural(on_list, 'contract')} on list"
    return f"On list: {formats.plural(on_list, 'contract')}"


def scope(limited: Limits | None) -> None:
    """Free accounts: what their sums are over, beside the key figures."""
    if limited is not None and limited.nearest_expiration_only:
        words = f"Free: latest session, nearest expiration of the {limited.rows} largest tickers."
        markup.show(markup.fill('<div class="of-foot">{words}</div>', words=words))


def largest(view: ChangesView, look: Look) -> str:
    """Subtitle of Change by ticker: how many tickers, over what, and where the chosen one is."""
    rows = view.tickers["symbol"].head(PHONE_ROWS) if look.phone else view.tickers["symbol"]
    return f"{len(rows)} largest{chosen(view, look)}. {counted(view.counted, view.on_list)}"


def chosen(view: ChangesView, look: Look) -> str:
    """The chosen ticker's place among the largest, to go on with; empty where none is chosen."""
    ticker, rows = view.filters.ticker, view.tickers["symbol"].head(PHONE_ROWS if look.phone else len(view.tickers))
    if ticker is None:
        return ""
    return f", {ticker} marked" if (rows == ticker).any() else f"; {ticker} is not among them"


def row(weights: Sequence[float]) -> list[st.delta_generator.DeltaGenerator]:
    """Columns with the gap of cards."""
    return list(st.columns(weights, gap="small"))

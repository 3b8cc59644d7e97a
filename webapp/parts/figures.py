"""Key figures: what a page says in numbers before its charts, fewer of them on a phone."""

import streamlit as st

from core.access import Limits
from usecases.home import MEDIAN_SESSIONS, HomeView
from usecases.new_positions import NewPositionsView
from webapp.look import formats, markup
from webapp.look.theme import Look
from webapp.parts import cards


def _figure(name: str, label: str, value: str | markup.Safe, unit: str = "", hover: str = "") -> None:
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
    places = cards.row([1, 1, 1, 1])
    with places[0]:
        _figure(
            "calls", "Calls, net change on list", formats.signed(view.calls), "contracts", formats.signed(view.calls, whole=True)
        )
    with places[1]:
        _figure("puts", "Puts, net change on list", formats.signed(view.puts), "contracts", formats.signed(view.puts, whole=True))
    with places[2]:
        usual = f"median of {MEDIAN_SESSIONS} sessions {formats.decimal(view.put_call_median20)}" if view.limited is None else ""
        _figure("ratio", "Put/call of change", formats.decimal(view.put_call), usual, "Puts ÷ calls, where both rose on the list")
    with places[3]:
        _figure("contracts", "Contracts on list", formats.full(view.contracts), formats.plural(view.tickers, "ticker"))
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
            _figure(*values)


def sums(calls: int, puts: int, limited: Limits | None, where: str = "on list") -> None:
    """The two figures that a phone shows first."""
    left, right = st.columns(2, gap="small", wrap=False)
    with left:
        _figure("calls", f"Calls, {where}", formats.signed(calls), hover=formats.signed(calls, whole=True))
    with right:
        _figure("puts", f"Puts, {where}", formats.signed(puts), hover=formats.signed(puts, whole=True))
    scope(limited)


def scope(limited: Limits | None) -> None:
    """Free accounts: what their sums are over, beside the key figures."""
    if limited is not None and limited.nearest_expiration_only:
        words = f"Free: latest session, nearest expiration of the {limited.rows} largest tickers."
        markup.show(markup.fill('<div class="of-foot">{words}</div>', words=words))

"""Cards: one title line, the question's unit beside it, a legend at the right, then the chart or table."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import streamlit as st

from core.access import may_export
from usecases.sign_in import Account
from webapp.look import markup

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


def row(weights: Sequence[float]) -> list[st.delta_generator.DeltaGenerator]:
    """Columns with the gap of cards."""
    return list(st.columns(weights, gap="small"))

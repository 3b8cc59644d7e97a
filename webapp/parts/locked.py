"""What a locked page says: what it answers, what it holds, what the present account includes, a sample with made-up figures."""

import streamlit as st

from core.access import ALL, FEATURES, Feature, Tier, limits
from usecases.sign_in import Account
from webapp.look import markup
from webapp.look.theme import Look
from webapp.parts import frame, locked_samples

HEADINGS = {
    "new_positions": "Contracts that are mostly new",
    "display": "The largest tickers, side by side",
    "table": "Every contract, every column",
}


def show(feature: str, account: Account) -> None:
    """Draw the locked page of a feature. No real figure, no blur, no countdown."""
    what = FEATURES[feature]
    needs = "admin" if Tier.PREMIUM not in what.tiers else "premium"
    with frame.page(feature, account, tag=needs) as look:
        with st.container(key="card_locked"):
            words, sample = st.columns([0.43, 0.57], gap="medium")
            with words:
                _words(what, account)
            if needs == "premium":
                with sample:
                    _sample(feature, look)
        if needs == "premium":
            _others(feature, account)


def _words(what: Feature, account: Account) -> None:
    items = markup.join([markup.fill("<li>{item}</li>", item=item) for item in what.holds])
    markup.show(
        markup.fill(
            '<div class="of-locked"><p class="of-lead">{heading}</p><p class="of-muted">{teaser}</p>'
            '<ul class="of-checks">{items}</ul>'
            '<div class="of-rule"></div><p class="of-muted">Your account is <b>{tier}</b>. {includes}</p></div>',
            heading=HEADINGS.get(what.name, what.title),
            teaser=what.teaser or "This page is for admins.",
            items=items,
            tier=str(account.tier).capitalize(),
            includes=_included(account),
        )
    )
    with st.container(horizontal=True, gap="small", key="locked_buttons"):
        if what.holds and st.button("See Premium", type="primary", key="see_premium"):
            frame.open_page("account")
        if st.button("Back to Changes", key="back_to_changes"):
            frame.open_page("changes")
    if what.holds:
        markup.show(markup.fill('<div class="of-foot">After an upgrade you come back to this page with the same filters.</div>'))


def _included(account: Account) -> str:
    found = limits(account.tier, "changes") or ALL
    return f"It includes the latest session, the top {found.rows} and the nearest expiration on Changes." if found.rows else ""


def _sample(feature: str, look: Look) -> None:
    title, picture = locked_samples.picture(feature, look)
    markup.show(
        markup.fill(
            '<div class="of-sample"><div class="of-card-title"><b>{title}</b><span class="of-legend">'
            '<span class="of-tag">Sample, made-up figures'
            '</span></span></div><img src="{picture}" alt="Sample chart with made-up figures"></div>',
            title=title,
            picture=picture,
        )
    )


def _others(feature: str, account: Account) -> None:
    others = [what for what in FEATURES.values() if what.name != feature and what.holds and account.tier not in what.tiers]
    if not others:
        return
    markup.show(markup.fill('<div class="of-foot">Also in Premium</div>'))
    for place, what in zip(st.columns(max(len(others), 4), gap="small"), others, strict=False):
        with place, st.container(key=f"card_other_{what.name}"):
            markup.show(
                markup.fill(
                    '<a class="of-other" href="/{name}" target="_self"><b>{title}</b><p>{teaser}</p></a>',
                    name=what.name,
                    title=what.title,
                    teaser=what.teaser,
                )
            )

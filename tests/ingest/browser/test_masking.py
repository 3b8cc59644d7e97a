"""A page that is kept shows nothing that is secret, and enough to mend a selector by."""

import base64
import time
from urllib.parse import quote_plus

import pytest

from ingest.browser.masking import MOST_CHARACTERS, masked_page, masked_text

USER, PASSWORD = "robot.owner@example.com", "a walk & a \"quay\" 'at' noon"
COOKIE = "s3ss10n-value-of-the-cookie"
SPELLINGS = {
    "plain": PASSWORD,
    "in an address": quote_plus(PASSWORD),
    "escaped": PASSWORD.replace("&", "&amp;").replace('"', "&quot;").replace("'", "&#x27;"),
    "upper case": PASSWORD.upper(),
    "base64": base64.b64encode(PASSWORD.encode()).decode(),
    "json": PASSWORD.replace('"', '\\"'),
}
PLACES = {
    "text": "<p>Hello {}</p>",
    "attribute": '<p title="{}">Hello</p>',
    "field": '<input name="password" type="text" value="{}">',
    "hidden field": '<input type="hidden" name="t" value="{}">',
    "area": "<textarea>{}</textarea>",
    "script": "<script>window.state = '{}'</script>",
    "comment": "<!-- {} -->",
    "meta": '<meta name="csrf-token" content="{}">',
    "handler": "<a onclick=\"go('{}')\">x</a>",
    "frame": '<iframe srcdoc="{}"></iframe>',
    "address": '<a href="/export?slot=a&token={}">x</a>',
}
TOKENS = ("0a1b2c3d4e5f60718293a4b5c6d7e8f9", "eyJhbGciOiJIUzI1NiJ9.eyJ1IjoxMjM0NTY3ODl9.c2lnbmF0dXJlLTEyMw", USER)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("place", PLACES)
def test_a_known_secret_is_masked_wherever_and_however_it_stands(place, spelling):
    written = SPELLINGS[spelling].replace('"', "&quot;") if '="' in PLACES[place] else SPELLINGS[spelling]
    page = masked_page(f"<html><body>{PLACES[place].format(written)}</body></html>", (USER, PASSWORD)).lower()
    assert not [
        words for words in ("walk", "quay", "noon", base64.b64encode(PASSWORD.encode()).decode()[:-2].lower()) if words in page
    ]


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("place", PLACES)
def test_a_token_that_nobody_told_us_is_masked_wherever_it_stands(place, token):
    assert token not in masked_page(PLACES[place].format(token))


def test_what_a_field_or_a_name_shows_as_secret_is_masked_however_short():
    page = masked_page('<input type="password" value="ab12"><p data-session-id="77">x</p><a href="/a?sid=9&tab=flow">y</a>sid=8')
    assert (
        page == '<input type="password" value="***"><p data-session-id="***">x</p><a href="/a?sid=***&amp;tab=flow">y</a>sid=***'
    )


def test_what_selectors_are_made_of_stays():
    button = '<button id="export1" class="toolbar-button download">Download</button>'
    kept = f'<div class="bc-table-scrollable-inner-wrapper-2024">{button}</div>'
    assert masked_page(kept) == kept


def test_a_short_word_is_not_taken_for_a_secret():
    assert masked_text("an apple a day", ("a", "an")) == "an apple a day"


def test_text_that_looks_like_a_page_stays_text():
    assert masked_page("<p>&lt;script&gt;1&lt;/script&gt;</p>") == "<p>&lt;script&gt;1&lt;/script&gt;</p>"


def test_signs_that_begin_no_tag_are_text_however_many():
    assert masked_page(f"<p>{'<' * 300_000}</p>") == f"<p>{'&lt;' * 300_000}</p>"


def test_many_cookies_cost_one_look_at_each_piece_of_a_page():
    cookies = [f"cookie {number} & more" for number in range(180)]
    begun = time.process_time()
    page = masked_page(f"<b>x</b><i>{cookies[90].upper()}</i>" * 2000, cookies)
    assert page == "<b>x</b><i>***</i>" * 2000
    assert time.process_time() - begun < 20


def test_no_half_of_a_secret_is_left_where_a_long_page_is_cut():
    page = masked_page("<p>" + "x " * (MOST_CHARACTERS // 2 - 5) + PASSWORD, (PASSWORD,))
    assert "walk" not in page
    assert len(page) < MOST_CHARACTERS

"""Known secrets out of what providers say, however they are spelt there: in an address, in JSON, in a page, in base64."""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote, quote_plus

HIDDEN = "***"
SHORTEST = 3  # characters; a shorter secret stands in half of all words
_SHORTEST_IN_DATA = 8  # in a body a shorter one may be a figure or a name


def masked(text: str, secrets: Iterable[str]) -> str:
    """Words for people without these secrets."""
    known = any_spelling(tuple(secrets))
    return known.sub(HIDDEN, text) if known else text


def masked_body(body: bytes, secrets: Iterable[str]) -> bytes:
    """An answer without these secrets: a provider that says a key back would bring it into reasons, logs and the archive."""
    for spelt in spellings(tuple(secret for secret in secrets if len(secret) >= _SHORTEST_IN_DATA)):
        body = body.replace(spelt.encode(), HIDDEN.encode())
    return body


@lru_cache(maxsize=8)
def any_spelling(secrets: tuple[str, ...]) -> re.Pattern[str] | None:
    """Any spelling of any of them: one look at each piece of a text, however many there are."""
    spelt = spellings(tuple(secret for secret in secrets if len(secret) >= SHORTEST))
    return re.compile("|".join(map(re.escape, spelt)), re.IGNORECASE) if spelt else None


@lru_cache(maxsize=64)
def spellings(secrets: tuple[str, ...]) -> tuple[str, ...]:
    """The ways in which they may be spelt, the longest first."""
    return tuple(sorted(set(_spellings(secrets)), key=len, reverse=True))


def _spellings(secrets: Iterable[str]) -> Iterator[str]:
    for secret in secrets:
        yield from (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], html.escape(secret))
        yield repr(secret)[1:-1]  # as our own words quote what they name
        yield base64.b64encode(secret.encode()).decode().rstrip("=")

"""How large a JSON document may be: it is read whole, and a few bytes of it may take a hundred of memory.

A chain of SPX, about 30,000 contracts, has 36 MB and 1.8 million values in the words of the wordiest source, Schwab.
"""

import re

MOST_BYTES = 64 * 2**20
_MOST_MEMORY = 2**30
_DOCUMENT = re.compile(rb"(?:\xef\xbb\xbf)?\s*[\[{]")
_OBJECT, _LIST, _VALUE = 320, 64, 80
"""Bytes of memory for each {, [ and comma, together about what Python takes for what they part."""


def too_large(content: bytes) -> str:
    """Why a document may not be read; '' for one that may, and for what is no object or list."""
    if not _DOCUMENT.match(content):
        return ""
    if len(content) > MOST_BYTES:
        return f"The JSON document is larger than {MOST_BYTES >> 20} MB, and the largest chain has 40."
    objects, lists, values = (content.count(mark) for mark in (b"{", b"[", b","))
    if objects * _OBJECT + lists * _LIST + values * _VALUE > _MOST_MEMORY:
        held = f"{objects:,} objects, {lists:,} lists and {values:,} values"
        return f"The JSON document holds {held}, which is more than can be read at once; the largest chain has 2,000,000 values."
    return ""

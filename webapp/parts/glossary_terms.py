"""The glossary's list: a search box and the entries that match."""

from collections.abc import Iterator, Sequence

import streamlit as st

from usecases.glossary import Entry
from webapp import address
from webapp.look import markup


def search() -> str:
    """The word looked for, kept in the address as `find`."""
    st.session_state["find"] = st.query_params.get("find", "")[:60]
    return (
        st.text_input("Find a word", key="find", placeholder="Open interest, premium, traded …", width=340, on_change=_found)
        .strip()
        .lower()
    )


def _found() -> None:
    address.put("find", st.session_state["find"].strip())


def sections(entries: Sequence[Entry], wanted: str) -> Iterator[tuple[str, list[Entry]]]:
    """Entries by section in their order, those only that hold the word."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        if wanted in f"{entry.term} {entry.meaning} {entry.caveat}".lower():
            found.setdefault(entry.group, []).append(entry)
    yield from found.items()


def show(entries: Sequence[Entry]) -> None:
    """One block an entry: meaning, unit, formula, caveat."""
    blocks = [
        markup.fill(
            '<div class="of-term" id="{name}"><b>{term}</b> <span class="of-muted">{unit}</span><p>{words}</p></div>',
            name=entry.name,
            term=entry.term,
            unit=entry.unit,
            words=" ".join(f"{part}." for part in (entry.meaning, entry.formula, entry.caveat) if part),
        )
        for entry in entries
    ]
    markup.show(markup.fill('<div class="of-terms">{blocks}</div>', blocks=markup.join(blocks)))

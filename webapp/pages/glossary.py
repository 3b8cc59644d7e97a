"""Glossary: every column and word of the pages: meaning, unit, formula, caveat."""

from usecases import glossary
from webapp import cards, frame, terms, visitor

account = visitor.require("glossary")

with frame.page("glossary", account):
    wanted = terms.search()
    for section, entries in terms.sections(glossary.entries(), wanted):
        with cards.card(f"terms_{section}", section):
            terms.show(entries)

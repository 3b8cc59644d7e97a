"""Glossary: every column and word of the pages: meaning, unit, formula, caveat."""

from usecases import glossary
from webapp import visitor
from webapp.parts import cards, frame, glossary_terms

account = visitor.require("glossary")

with frame.page("glossary", account):
    wanted = glossary_terms.search()
    for section, entries in glossary_terms.sections(glossary.entries(), wanted):
        with cards.card(f"terms_{section}", section):
            glossary_terms.show(entries)

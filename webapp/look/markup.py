"""The only door for raw HTML: templates of ours, every value escaped on its way in."""

from html import escape as _escape
from string import Formatter
from typing import Any

import streamlit as st


class Safe(str):
    """HTML that this module made; it is not escaped a second time."""


NOTHING = Safe()


class _Escaping(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        return str(value) if isinstance(value, Safe) else _escape(format(value, format_spec), quote=True)


def fill(template: str, **values: Any) -> Safe:
    """A template of ours with every value escaped, unless `fill` or `join` made it."""
    return Safe(_Escaping().vformat(template, (), values))


def join(parts: "list[Safe]") -> Safe:
    """Pieces that `fill` made, one after the other."""
    if not all(isinstance(part, Safe) for part in parts):
        raise TypeError("Only pieces made by markup.fill can be joined.")
    return Safe("".join(parts))


def show(piece: Safe) -> None:
    """Put a piece on the page, nothing for an empty one; text that `fill` did not make is refused."""
    if not isinstance(piece, Safe):
        raise TypeError("Only pieces made by markup.fill can be shown.")
    if piece:
        st.html(piece)


def style(sheet: str) -> Safe:
    """A style sheet of ours; it may not hold anything that came from outside."""
    if "<" in sheet:
        raise ValueError("A style sheet holds no markup.")
    return Safe(f"<style>{sheet}</style>")

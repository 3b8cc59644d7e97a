"""How this visitor sees the product: theme, colours of rising and falling, phone or desktop."""

from dataclasses import dataclass

import streamlit as st

from webapp.look.palette import SCHEMES, Palette, Theme, palette

VIEW_COOKIE = "oiflow-view"


@dataclass(frozen=True)
class Look:
    """Part of the key under which a drawn chart is kept."""

    theme: Theme = "dark"
    colours: str = "default"
    phone: bool = False

    @property
    def palette(self) -> Palette:
        """The colours of this look."""
        return palette(self.theme, self.colours)


def current(colours: str | None = None) -> Look:
    """The look of the present visitor: the browser's theme, the account's colours, the window's width."""
    theme: Theme = "light" if st.context.theme.type == "light" else "dark"
    phone = st.context.cookies.get(VIEW_COOKIE) == "phone"
    return Look(theme, colours if colours in SCHEMES else "default", phone)

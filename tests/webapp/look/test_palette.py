"""Colours: contrast computed, both themes, and the same values in the settings of Streamlit."""

import re
import tomllib
from pathlib import Path

import pytest

from webapp.look.palette import DARK, LIGHT, SCHEMES, Palette, palette

ROOT = Path(__file__).resolve().parents[3]
TEXT = ("text", "muted", "call", "put", "rising", "falling", "ask", "bid", "warning", "premium", "backup", "link")
PALETTES = [palette(theme, scheme) for theme in ("dark", "light") for scheme in SCHEMES]  # type: ignore[arg-type]
CONFIG = {
    "backgroundColor": "page", "primaryColor": "primary", "textColor": "text", "linkColor": "link", "borderColor": "border",
    "blueColor": "call", "orangeColor": "put", "greenColor": "rising", "redColor": "falling", "yellowColor": "warning",
    "violetColor": "ask", "grayColor": "muted", "dataframeHeaderTextColor": "muted", "dataframeHeaderBackgroundColor": "card",
}  # fmt: skip


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_on_white_is_21():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


@pytest.mark.parametrize("colours", PALETTES, ids=lambda p: f"{p.theme} {p.rising}")
@pytest.mark.parametrize("role", TEXT)
def test_text_reaches_4_5_on_page_and_card(colours: Palette, role: str):
    assert min(contrast(getattr(colours, role), layer) for layer in (colours.page, colours.card)) >= 4.5


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=lambda p: p.theme)
def test_marks_reach_3_on_every_layer(colours: Palette):
    marks = (colours.call, colours.put, colours.rising, colours.falling, colours.zero, colours.warning)
    assert min(contrast(mark, layer) for mark in marks for layer in (colours.page, colours.card, colours.input)) >= 3.0


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=lambda p: p.theme)
def test_text_on_the_primary_button_is_readable(colours: Palette):
    assert contrast(colours.page, colours.primary) >= 7


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=lambda p: p.theme)
def test_levels_grow_in_one_direction(colours: Palette):
    steps = [luminance(colour) for colour in colours.sequential]
    assert steps in (sorted(steps), sorted(steps, reverse=True))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_choice_of_colours_changes_rising_and_falling_only(scheme: str):
    chosen, usual = vars(palette("dark", scheme)), vars(DARK)
    changed = {"rising", "falling"} if scheme != "default" else set()
    assert {name for name in usual if chosen[name] != usual[name]} == changed


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=lambda p: p.theme)
def test_streamlit_is_told_the_same_colours(colours: Palette):
    config = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"][colours.theme]
    assert {key: config[key] for key in CONFIG} == {key: getattr(colours, role) for key, role in CONFIG.items()}
    assert config["sidebar"]["backgroundColor"] == colours.sidebar


def test_nobody_else_types_a_colour():
    modules = [path for path in (ROOT / "webapp").rglob("*.py") if path.name != "palette.py"]
    found = [path.name for path in modules if re.search(r"#[0-9A-Fa-f]{6}\b", path.read_text())]
    assert not found

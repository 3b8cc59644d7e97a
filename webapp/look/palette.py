"""Every colour of the product, by role. Nobody types a colour elsewhere; `.streamlit/config.toml` is held equal by a test."""

from dataclasses import asdict, dataclass, replace
from typing import Literal

Theme = Literal["dark", "light"]


@dataclass(frozen=True)
class Palette:
    """The roles of one theme. Colour belongs to data; everything else is slate."""

    theme: Theme
    page: str
    card: str
    input: str
    sidebar: str
    grid: str
    border: str
    zero: str
    text: str
    muted: str
    link: str
    primary: str
    call: str
    put: str
    rising: str
    falling: str
    ask: str
    bid: str
    warning: str
    backup: str
    premium: str
    sequential: tuple[str, ...]

    def css(self) -> str:
        """The roles as CSS variables, `--of-card:…` and so on."""
        roles = {name: value for name, value in asdict(self).items() if isinstance(value, str) and name != "theme"}
        return "".join(f"--of-{name}:{value};" for name, value in roles.items())


DARK = Palette(
    theme="dark", page="#0D1117", card="#141A22", input="#1C242E", sidebar="#0A0D12", grid="#222B36", border="#2B3542",
    zero="#65738A", text="#E6EBF2", muted="#9DA9B8", link="#7FB8F0", primary="#C9D3E0", call="#4BA3F5", put="#F2913D",
    rising="#4FD1B5", falling="#E8607C", ask="#B79CF7", bid="#D6C25A", warning="#E5B94E", backup="#7FB8F0", premium="#E0B94F",
    sequential=("#141A22", "#1D3550", "#25588A", "#3A86C8", "#8CC4FA"),
)  # fmt: skip
LIGHT = Palette(
    theme="light", page="#F6F7F9", card="#FFFFFF", input="#EEF1F5", sidebar="#FFFFFF", grid="#E4E8ED", border="#D5DBE3",
    zero="#7A8696", text="#17202B", muted="#55616F", link="#1667C7", primary="#2A3644", call="#1667C7", put="#AD4F08",
    rising="#0A7866", falling="#C22F52", ask="#6B43C9", bid="#7A6A0C", warning="#8A6508", backup="#1667C7", premium="#8A6508",
    sequential=("#FFFFFF", "#CFE3F8", "#86B8EC", "#3C83D0", "#0B3F80"),
)  # fmt: skip

GREEN_RED = {"dark": ("#5FCF80", "#F0717A"), "light": ("#1B7A3D", "#C4303A")}
SCHEMES = ("default", "green_up", "red_up")


def palette(theme: Theme, colours: str = "default") -> Palette:
    """The palette of a theme; `colours` exchanges rising and falling only."""
    chosen = LIGHT if theme == "light" else DARK
    green, red = GREEN_RED[chosen.theme]
    if colours == "green_up":
        return replace(chosen, rising=green, falling=red)
    if colours == "red_up":
        return replace(chosen, rising=red, falling=green)
    return chosen

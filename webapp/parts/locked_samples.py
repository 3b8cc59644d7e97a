"""Static samples for locked pages: pictures of made-up figures, the same for everybody."""

from base64 import b64encode

from webapp.look.palette import Palette
from webapp.look.theme import Look

_WIDTH, _HEIGHT = 640, 300
_PHONE = 0.52  # of the width; letters keep their size
_POINTS = (
    (90, 152, "P"), (90, 182, "P"), (96, 226, "C"), (88, 242, "C"), (86, 250, "P"), (112, 220, "P"), (100, 262, "P"),
    (102, 270, "P"), (208, 120, "C"), (202, 168, "C"), (196, 200, "P"), (194, 218, "C"), (190, 232, "P"), (214, 238, "C"),
    (206, 268, "P"), (298, 102, "C"), (308, 86, "P"), (314, 86, "P"), (310, 124, "P"), (296, 144, "P"), (306, 146, "C"),
    (300, 152, "C"), (304, 172, "C"), (302, 230, "C"), (296, 240, "P"), (312, 238, "P"), (322, 248, "C"), (434, 162, "P"),
    (438, 166, "C"), (424, 202, "P"), (428, 256, "C"), (436, 262, "C"), (436, 270, "P"), (566, 212, "P"), (582, 208, "C"),
    (560, 228, "C"), (566, 262, "P"),
)  # fmt: skip
_BARS = (4, 9, -3, 14, 22, 38, 54, 72, 60, 88, 64, 42, 30, 47, 18, 9, -6, 5, 3)
_ROWS = (
    ("AVEX", 0.92, "+18.4K"),
    ("BRON", 0.88, "+12.9K"),
    ("CIMT", 0.97, "+9,810"),
    ("DULQ", 0.81, "+7,420"),
    ("FENX", 0.9, "+6,105"),
)


def picture(feature: str, look: Look) -> tuple[str, str]:
    """Title and address of the sample of a feature."""
    palette, across = look.palette, _PHONE if look.phone else 1.0
    drawn = {
        "new_positions": ("How large, how far out", _scatter),
        "display": ("Change by strike, four tickers", _multiples),
        "table": ("Contracts", _table),
    }
    title, draw = drawn.get(feature, drawn["new_positions"])
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH * across:.0f} {_HEIGHT}" '
        f'font-family="sans-serif" font-size="11" fill="{palette.muted}">{draw(palette, across)}</svg>'
    )
    return title, "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()


def _scatter(palette: Palette, across: float) -> str:
    rows = "".join(
        f'<line x1="46" x2="{630 * across:.0f}" y1="{y}" y2="{y}" stroke="{palette.grid}"/>'
        f'<text x="36" y="{y + 4}" text-anchor="end">{text}</text>'
        for y, text in ((50, "+50K"), (110, "+10K"), (170, "+5K"), (230, "+1K"))
    )
    days = "".join(
        f'<text x="{x * across:.0f}" y="292" text-anchor="middle">{text}</text>'
        for x, text in ((98, "7 d"), (202, "14 d"), (304, "30 d"), (432, "60 d"), (566, "120 d"))
    )
    return rows + days + "".join(_point(x * across, y, right, palette) for x, y, right in _POINTS)


def _point(x: float, y: float, right: str, palette: Palette) -> str:
    if right == "C":
        return f'<circle cx="{x}" cy="{y}" r="5" fill="{palette.call}" fill-opacity=".6" stroke="{palette.call}"/>'
    diamond = f"{x},{y - 6} {x + 6},{y} {x},{y + 6} {x - 6},{y}"
    return f'<polygon points="{diamond}" fill="{palette.put}" fill-opacity=".6" stroke="{palette.put}"/>'


def _multiples(palette: Palette, across: float) -> str:
    return "".join(
        _multiple(palette, name, across, 10 + 148 * (at // 2), at) for at, name in enumerate(("AVEX", "BRON", "CIMT", "DULQ"))
    )


def _multiple(palette: Palette, name: str, across: float, top: float, turn: int) -> str:
    left = (10 + 320 * (turn % 2)) * across
    bars = _BARS[turn * 3 :] + _BARS[: turn * 3]
    colour = palette.call if turn % 2 == 0 else palette.put
    columns = "".join(
        f'<rect x="{left + (8 + at * 15.5) * across:.1f}" y="{top + 110 - max(size, 0):.0f}"'
        f' width="{9 * across:.1f}" height="{abs(size)}" fill="{colour}"/>'
        for at, size in enumerate(bars)
    )
    base = f'<line x1="{left}" x2="{left + 300 * across:.0f}" y1="{top + 110}" y2="{top + 110}" stroke="{palette.zero}"/>'
    return f'<text x="{left}" y="{top + 10}" fill="{palette.text}" font-weight="600">{name}</text>{base}{columns}'


def _table(palette: Palette, across: float) -> str:
    rows = []
    for at, (name, share, change) in enumerate(_ROWS):
        y, bar = 40 + at * 46, 200 * across
        rows.append(
            f'<text x="{16 * across:.0f}" y="{y}" fill="{palette.text}" font-weight="600" font-size="13">{name}</text>'
            f'<text x="{248 * across:.0f}" y="{y}" fill="{palette.rising}" text-anchor="end" font-size="13">▲ {change}</text>'
            f'<rect x="{270 * across:.0f}" y="{y - 8}" width="{bar:.0f}" height="6" rx="3" fill="{palette.grid}"/>'
            f'<rect x="{270 * across:.0f}" y="{y - 8}" width="{bar * share:.0f}" height="6" rx="3" fill="{palette.primary}"/>'
            f'<text x="{490 * across:.0f}" y="{y}" font-size="13">{share * 100:.0f} %</text>'
            f'<line x1="0" x2="{630 * across:.0f}" y1="{y + 18}" y2="{y + 18}" stroke="{palette.grid}"/>'
        )
    return "".join(rows)

"""What may happen to a CSV payload: to one cell, to one line, to a column, to the lines around the table."""

import random
from collections.abc import Callable

from tests.ingest.sources.values import NUMBERS, TEXTS

Lines = list[bytes]
Change = Callable[[random.Random, Lines, int], Lines]
MUTATORS: dict[str, Callable[[random.Random, bytes], bytes]] = {}


def mutator(change: Change) -> Change:
    def of_bytes(rng: random.Random, body: bytes) -> bytes:
        lines = body.split(b"\n")
        head = max(range(len(lines)), key=lambda place: lines[place].count(b","))
        return b"\n".join(change(rng, lines, head)) if len(lines) > head + 3 else body

    MUTATORS[change.__name__] = of_bytes
    return change


def _row(rng: random.Random, lines: Lines, head: int) -> int:
    return rng.randrange(head + 1, len(lines) - 1)


def _cell(rng: random.Random, lines: Lines, head: int, make: Callable[[bytes], bytes]) -> Lines:
    """Change one cell of one row, at times of a line above the table."""
    at = rng.randrange(head) if head and rng.random() < 0.1 else _row(rng, lines, head)
    parts = lines[at].split(b",")
    where = rng.randrange(len(parts))
    parts[where] = make(parts[where])
    lines[at] = b",".join(parts)
    return lines


def _on_cells(name: str, *texts: bytes) -> None:
    def change(rng: random.Random, lines: Lines, head: int) -> Lines:
        return _cell(rng, lines, head, lambda _: rng.choice(texts))

    change.__name__ = name
    mutator(change)


for _name, _texts in (NUMBERS | TEXTS).items():
    _on_cells(_name, *(text.encode() for text in _texts))
_on_cells("empty_cell", b"", b" ", b'""', b"N/A", b"None", b"null", b"nan")
_on_cells("decimal_comma_unquoted", b"12,5", b"1.234,56")
_on_cells("quoted_figure", b'"12.5"', b'"1,234.50"', b"'5'", b"$5.00", b"5%", b" 5", b"5 ", b"+5", b"05", b".5", b"5.")
_on_cells("huge_cell", b"A" * 10_000_000, b"A" * 200_000, b"9" * 1_000_000, b'"' + b"A" * 200_000 + b'"')
_on_cells("bad_bytes", b"\xc3", b"A\0B", b"\xf0\x9f", b"\xff\xfe")
_on_cells("open_quote", b'"', b'"12', b'12"', b'a"b"c')


def _on_columns(change: Callable[[random.Random, list[list[bytes]]], list[list[bytes]]]) -> Change:
    """A change of header and rows as a table; rows with other numbers of cells stay as they are."""

    def of_lines(rng: random.Random, lines: Lines, head: int) -> Lines:
        cells = [line.split(b",") for line in lines[head:]]
        regular = [place for place, row in enumerate(cells) if len(row) == len(cells[0])]
        for place, row in zip(regular, change(rng, [cells[place] for place in regular]), strict=True):
            cells[place] = row
        return [*lines[:head], *(b",".join(row) for row in cells)]

    of_lines.__name__ = change.__name__
    return mutator(of_lines)


@_on_columns
def column_dropped(rng: random.Random, rows: list[list[bytes]]) -> list[list[bytes]]:
    at = rng.randrange(len(rows[0]))
    return [row[:at] + row[at + 1 :] for row in rows]


@_on_columns
def column_renamed(rng: random.Random, rows: list[list[bytes]]) -> list[list[bytes]]:
    at = rng.randrange(len(rows[0]))
    rows[0][at] += b"_v2"
    return rows


@_on_columns
def columns_swapped(rng: random.Random, rows: list[list[bytes]]) -> list[list[bytes]]:
    """The figures change places, the names stay."""
    one, other = rng.sample(range(len(rows[0])), 2)
    for row in rows[1:]:
        row[one], row[other] = row[other], row[one]
    return rows


@_on_columns
def columns_in_another_order(rng: random.Random, rows: list[list[bytes]]) -> list[list[bytes]]:
    order = rng.sample(range(len(rows[0])), len(rows[0]))
    return [[row[place] for place in order] for row in rows]


@_on_columns
def column_added(rng: random.Random, rows: list[list[bytes]]) -> list[list[bytes]]:
    return [[*row, b"brand_new" if place == 0 else b"0.01"] for place, row in enumerate(rows)]


@_on_columns
def column_empty(rng: random.Random, rows: list[list[bytes]]) -> list[list[bytes]]:
    at = rng.randrange(len(rows[0]))
    return [rows[0], *([*row[:at], b"", *row[at + 1 :]] for row in rows[1:])]


@_on_columns
def column_as_words(rng: random.Random, rows: list[list[bytes]]) -> list[list[bytes]]:
    at = rng.randrange(len(rows[0]))
    return [rows[0], *([*row[:at], b"x" + row[at], *row[at + 1 :]] for row in rows[1:])]


@mutator
def windows_line_ends(rng: random.Random, lines: Lines, head: int) -> Lines:
    return [line + b"\r" for line in lines[:-1]] + lines[-1:]


@mutator
def blank_lines(rng: random.Random, lines: Lines, head: int) -> Lines:
    for _ in range(rng.randrange(1, 4)):
        lines.insert(rng.randrange(len(lines)), rng.choice((b"", b"   ", b"\t")))
    return lines


@mutator
def row_twice(rng: random.Random, lines: Lines, head: int) -> Lines:
    lines.insert(_row(rng, lines, head), lines[_row(rng, lines, head)])
    return lines


@mutator
def contract_twice(rng: random.Random, lines: Lines, head: int) -> Lines:
    parts = lines[_row(rng, lines, head)].split(b",")
    parts[rng.randrange(len(parts))] = rng.choice((b"777", b"0", b"1.25"))
    lines.insert(_row(rng, lines, head), b",".join(parts))
    return lines


@mutator
def cells_swapped(rng: random.Random, lines: Lines, head: int) -> Lines:
    at = _row(rng, lines, head)
    parts = lines[at].split(b",")
    one, other = rng.choices(range(len(parts)), k=2)
    parts[one], parts[other] = parts[other], parts[one]
    lines[at] = b",".join(parts)
    return lines


@mutator
def cell_more(rng: random.Random, lines: Lines, head: int) -> Lines:
    lines[_row(rng, lines, head)] += rng.choice((b",", b",1", b',"x"'))
    return lines


@mutator
def cell_less(rng: random.Random, lines: Lines, head: int) -> Lines:
    at = _row(rng, lines, head)
    parts = lines[at].split(b",")
    del parts[rng.randrange(len(parts))]
    lines[at] = b",".join(parts)
    return lines


@mutator
def line_cut(rng: random.Random, lines: Lines, head: int) -> Lines:
    at = _row(rng, lines, head)
    lines[at] = lines[at][: rng.randrange(len(lines[at]) + 1)]
    return lines


@mutator
def rows_shuffled(rng: random.Random, lines: Lines, head: int) -> Lines:
    inside = lines[head + 1 : -1]
    rng.shuffle(inside)
    return [*lines[: head + 1], *inside, lines[-1]]


@mutator
def header_again(rng: random.Random, lines: Lines, head: int) -> Lines:
    lines.insert(_row(rng, lines, head), lines[head])
    return lines


@mutator
def line_above_lost(rng: random.Random, lines: Lines, head: int) -> Lines:
    del lines[rng.randrange(head + 1)]
    return lines


@mutator
def zone_changed(rng: random.Random, lines: Lines, head: int) -> Lines:
    swaps = ((b"EDT", b"EST"), (b"EST", b"XYZ"), (b" PM", b""), (b"PM", b"AM"), (b"20", b"19"), (b":", b"."), (b" at ", b" um "))
    old, new = rng.choice(swaps)
    return [line.replace(old, new) if place < head else line for place, line in enumerate(lines)]

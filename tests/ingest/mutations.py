"""Barchart files with a fault somewhere, by seed.

A mutant may hold good rows: what has to hold is that every line is published, kept aside or a duplicate, and that nothing is
read as something else.
"""

import gzip
import random
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from tests.ingest import barchart_files as files
from tests.ingest.barchart_files import SESSIONS, SLOTS

REAL = sorted((Path(__file__).parents[3] / "shared" / "data" / "barchart_oi_change").glob("*/*.csv.gz"))

Lines = list[bytes]
Mutator = Callable[[random.Random, Lines], Lines]
MUTATORS: dict[str, Mutator] = {}


def mutator(change: Mutator) -> Mutator:
    MUTATORS[change.__name__] = change
    return change


def _pick(rng: random.Random, lines: Lines) -> int:
    return rng.randrange(1, max(2, len(lines) - 2))


def _cell(rng: random.Random, lines: Lines, place: int | None, make: Callable[[bytes], bytes]) -> Lines:
    """Change one cell of one row (cells split at every comma, which is itself a way to go wrong)."""
    at = _pick(rng, lines)
    parts = lines[at].split(b",")
    where = rng.randrange(len(parts)) if place is None else place % len(parts)
    parts[where] = make(parts[where])
    lines[at] = b",".join(parts)
    return lines


def _replaces(name: str, place: int | None, *values: bytes) -> None:
    def change(rng: random.Random, lines: Lines) -> Lines:
        return _cell(rng, lines, place, lambda _: rng.choice(values))

    MUTATORS[name] = change


# Places count from the end where layouts differ at the front, and the other way round.
_replaces("not_a_number", None, b"NaN", b"nan", b"inf", b"-inf", b"Infinity", b"1e20", b"1E5", b"0x1f", b"--", b"None", b"#REF!")
_replaces("negative", None, b"-1", b"-100", b"-0.01")
_replaces("huge", None, b"99999999999999999999", b"1" * 40, b"2147483648")
_replaces("empty_cell", None, b"", b" ", b"N/A", b"n/a", b'""')
_replaces("decimal_comma", None, b'"12,5"', b"12,5", b'"0,125"', b'"1.234,56"')
_replaces("wrong_right", 2, b"CALL", b"call", b"C", b"Puts", b"Straddle", b"")
_replaces("wrong_strike", 3, b"0", b"-5", b"4.00**", b"*", b"1,000.00", b"12.3456", b"1e2", b"4.00*", b'"1,000.00"', b"10000000")
_replaces("wrong_expiration", 4, b"2023-02-31", b"2001-01-19", b"2099-12-31", b"01/19/2024", b"2024-1-19", b"20240119", b"")
_replaces(
    "wrong_symbol", 0, b"AAPL ", b"aapl", b"\xc3\x84PPL", b"=1+1", b"A B", b"", b"AAPL;DROP", b"<b>A</b>", b"\xe2\x80\x8bSPY"
)
_replaces(
    "wrong_trade_time", -1, b'"25:61 ET"', b'"14:05 CT"', b"14:05", b'"23:59 ET"', b'"00:01 ET"', b"2023-06-13", b"yesterday"
)
_replaces(
    "wrong_iv", -2, b"0.24", b"24%%", b"N/A", b"0.00%", b"-3.00%", b'"1,052.31%"', b"1052,31%", b"99999.00%", b"%", b"24.5 %"
)
_replaces("odd_change", -3, b"unch", b"UNCH", b"+", b"++5", b"+1.5", b"999999", b'"+1,00"', b"0", b"-0", b"+0")
_replaces("formula", None, b"=cmd|' /C calc'!A0", b"@SUM(1)", b"+cmd", b"\t5")


@mutator
def byte_order_mark(rng: random.Random, lines: Lines) -> Lines:
    return [b"\xef\xbb\xbf" + lines[0], *lines[1:]]


@mutator
def windows_line_ends(rng: random.Random, lines: Lines) -> Lines:
    return [line + b"\r" for line in lines[:-1]] + lines[-1:]


@mutator
def blank_lines(rng: random.Random, lines: Lines) -> Lines:
    for _ in range(rng.randrange(1, 4)):
        lines.insert(rng.randrange(len(lines) + 1), rng.choice((b"", b"   ", b"\t")))
    return lines


@mutator
def same_row_twice(rng: random.Random, lines: Lines) -> Lines:
    at = _pick(rng, lines)
    lines.insert(_pick(rng, lines), lines[at])
    return lines


@mutator
def same_key_other_figures(rng: random.Random, lines: Lines) -> Lines:
    at = _pick(rng, lines)
    parts = lines[at].split(b",")
    parts[rng.randrange(5, len(parts))] = b"777"
    lines.append(lines[-1])
    lines.insert(at, b",".join(parts))
    return lines[:-1]


@mutator
def row_with_a_cell_more(rng: random.Random, lines: Lines) -> Lines:
    at = _pick(rng, lines)
    lines[at] += rng.choice((b",", b",1", b',"x"'))
    return lines


@mutator
def row_with_a_cell_less(rng: random.Random, lines: Lines) -> Lines:
    at = _pick(rng, lines)
    parts = lines[at].split(b",")
    del parts[rng.randrange(len(parts))]
    lines[at] = b",".join(parts)
    return lines


@mutator
def two_cells_swapped(rng: random.Random, lines: Lines) -> Lines:
    at = _pick(rng, lines)
    parts = lines[at].split(b",")
    one, other = rng.sample(range(len(parts)), 2)
    parts[one], parts[other] = parts[other], parts[one]
    lines[at] = b",".join(parts)
    return lines


@mutator
def open_quote(rng: random.Random, lines: Lines) -> Lines:
    at = _pick(rng, lines)
    where = rng.randrange(len(lines[at]) + 1)
    lines[at] = lines[at][:where] + b'"' + lines[at][where:]
    return lines


@mutator
def quoted_cells(rng: random.Random, lines: Lines) -> Lines:
    return _cell(rng, lines, None, lambda cell: b'"' + cell.replace(b'"', b"") + b'"')


@mutator
def row_cut_short(rng: random.Random, lines: Lines) -> Lines:
    at = _pick(rng, lines)
    lines[at] = lines[at][: rng.randrange(len(lines[at]) + 1)]
    return lines


@mutator
def file_cut_short(rng: random.Random, lines: Lines) -> Lines:
    whole = b"\n".join(lines)
    return whole[: rng.randrange(len(whole))].split(b"\n")


@mutator
def nul_bytes(rng: random.Random, lines: Lines) -> Lines:
    return _cell(rng, lines, None, lambda cell: cell + b"\0")


@mutator
def truncated_utf8(rng: random.Random, lines: Lines) -> Lines:
    return _cell(rng, lines, None, lambda cell: cell + rng.choice((b"\xc3", b"\xe2\x80", b"\xff\xfe", b"\xf0\x9f")))


@mutator
def huge_cell(rng: random.Random, lines: Lines) -> Lines:
    return _cell(rng, lines, None, lambda _: rng.choice((b"A", b"9")) * rng.choice((200_000, 1_000_000)))


@mutator
def flipped_byte(rng: random.Random, lines: Lines) -> Lines:
    whole = bytearray(b"\n".join(lines))
    whole[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
    return bytes(whole).split(b"\n")


@mutator
def deleted_bytes(rng: random.Random, lines: Lines) -> Lines:
    whole = b"\n".join(lines)
    at = rng.randrange(len(whole))
    return (whole[:at] + whole[at + rng.randrange(1, 20) :]).split(b"\n")


@mutator
def columns_in_another_order(rng: random.Random, lines: Lines) -> Lines:
    """Only where no cell holds a comma, so that the rows stay what they are."""
    lines = [line for line in lines if line.count(b",") == lines[0].count(b",") or line.startswith(b'"Down') or not line]
    order = list(range(lines[0].count(b",") + 1))
    front = 2 if lines[0].startswith(b"Symbol,Symbol") else 0
    tail = order[front:]
    rng.shuffle(tail)
    order[front:] = tail
    return [b",".join(line.split(b",")[place] for place in order) if line.count(b",") else line for line in lines]


@mutator
def extra_column(rng: random.Random, lines: Lines) -> Lines:
    return [line + (b",Gamma" if at == 0 else b",0.01") if line.count(b",") else line for at, line in enumerate(lines)]


@mutator
def header_in_the_middle(rng: random.Random, lines: Lines) -> Lines:
    lines.insert(_pick(rng, lines), lines[0])
    return lines


@mutator
def other_footer(rng: random.Random, lines: Lines) -> Lines:
    place = max(at for at, line in enumerate(lines) if line)
    swaps = ((b"CDT", b"CST"), (b"CST", b"EDT"), (b"CDT", b"XYZ"), (b"pm", b"am"), (b'"', b""), (b"20", b"19"), (b":", b"."))
    lines[place] = lines[place].replace(*rng.choice(swaps))
    return lines


@mutator
def shuffled_rows(rng: random.Random, lines: Lines) -> Lines:
    inside = lines[1:-2]
    rng.shuffle(inside)
    return [lines[0], *inside, *lines[-2:]]


def sample(rng: random.Random) -> tuple[date, bytes]:
    """A sound file: of any layout, slot and season, or a real one where there are any."""
    if REAL and rng.random() < 0.2:
        lines = gzip.decompress(rng.choice(REAL).read_bytes()).split(b"\n")
        kept = rng.sample(lines[1:-2], min(40, len(lines) - 3))
        return date(2030, 1, 1), b"\n".join([lines[0], *kept, *lines[-2:]])
    session = rng.choice(SESSIONS)
    layout, slot = rng.choice(files.LAYOUTS), rng.choice(SLOTS)
    return session, files.write(layout, session, slot, rng.randrange(8, 40), seed=rng.randrange(1000))


def mutants(seed: int, n: int) -> Iterator[tuple[str, bytes]]:
    """`n` files, each with one to three faults; the name says which."""
    rng = random.Random(seed)
    names = sorted(MUTATORS)
    for number in range(n):
        _, body = sample(rng)
        chosen = [names[number % len(names)], *rng.sample(names, rng.choice((0, 0, 1, 2)))]
        for name in chosen:
            lines = body.split(b"\n")
            body = b"\n".join(MUTATORS[name](rng, lines)) if len(lines) > 4 else body
        yield "+".join(chosen), body

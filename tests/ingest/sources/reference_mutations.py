"""Payloads of reference with one to three faults, by seed: for each source a sound payload, and what may happen to its kind."""

import json
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from tests.ingest.sources import chain_mutations, csv_mutations, json_mutations
from tests.ingest.sources.samples.reference import OTHER, bodies, calendar, chart, directory, yields
from tests.ingest.sources.values import NUMBERS, TEXTS

Bytes = Callable[[random.Random, bytes], bytes]
_FIRST, _LATEST = date(2026, 11, 2), date(2026, 11, 27)
_TOLD = [text.encode() for texts in (NUMBERS | TEXTS).values() for text in texts]
_DATED = ("actions_file", "adjustments_file", "names_file", "rates_file")
_ON_DATES = ("wrong_right", "wrong_strike", "wrong_expiration", "wrong_root")
"""What changes symbols of options, or dates written 2026-11-20: the other sources have none."""
_SWAPPED = bytes.maketrans(b"|,", b",|")
CURVE = """[[curve]]
describes = {day}
known = {known}
assumed = {assumed}
convention = "{convention}"
[curve.rates]
{points}
"""


def _days(rng: random.Random, most: int = 14) -> list[date]:
    """Some days of November, in a row."""
    first = _FIRST + timedelta(days=rng.randrange(8))
    return [first + timedelta(days=each) for each in range(rng.randrange(5, most))]


def _lines(head: str, line: Callable[[int, date], str], rng: random.Random) -> bytes:
    return "\n".join([head, *(line(place, day) for place, day in enumerate(_days(rng))), ""]).encode()


def treasury(rng: random.Random) -> bytes:
    return (yields(_days(rng), start=rng.randrange(200, 600) / 100) + rng.choice(("\n", ""))).encode()


def nasdaq_names(rng: random.Random) -> bytes:
    kinds = (" - Common Stock", " Class A Common Stock", " Ordinary Shares", " ETF", " - Units", "")
    if rng.random() < 0.5:
        return directory(*(f"A{n}|Acme {n} Inc.{rng.choice(kinds)}|Q|N|N|100|{rng.choice('NNY')}|N" for n in range(12))).encode()
    lines = (f"A{n}.B|Acme {n} Inc.{rng.choice(kinds)}|N|A{n}.B|{rng.choice('NNY')}|100|N|A{n}.B" for n in range(12))
    return directory(*lines, header=OTHER).encode()


def actions_file(rng: random.Random) -> bytes:
    def line(place: int, day: date) -> str:
        kind = rng.choice(("dividend", "special", "split"))
        figure = f",{rng.randrange(2, 20)}" if kind == "split" else f"0.{rng.randrange(1, 99)},"
        return f"A{place},{kind},{day},{figure},{rng.choice(('', f'{day}', f'{day}T16:30-05:00'))}"

    return _lines("symbol,kind,ex_date,amount,ratio,known_at", line, rng)


def adjustments_file(rng: random.Random) -> bytes:
    def line(place: int, day: date) -> str:
        words = rng.choice(("33 shares of NEWCO", '"33 shares of NEWCO, 412.50 dollars"'))
        kind = rng.choice(("split", "merger", "spin_off", "Special Dividend"))
        return f"5{place},A{place},A{place}1,{kind},{day},{words},{rng.choice(('', 100, 112.5))},{rng.choice(('', day))}"

    return _lines("memo,symbol,root,kind,effective,deliverable,multiplier,known_at", line, rng)


def names_file(rng: random.Random) -> bytes:
    kinds = ("stock", "etf", "index", "")
    return _lines("symbol,name,asset_class,known_at", lambda n, day: f"A{n},Acme {n},{rng.choice(kinds)},{day}", rng)


def yahoo_actions(rng: random.Random) -> bytes:
    quarters = {date(2018 + each // 4, 2 + 3 * (each % 4), 7): 0.2 + each / 100 for each in range(rng.randrange(4, 30))}
    splits = {date(2020, 8, 31): (4.0, 1.0), date(2022, 6, 10): (float(rng.randrange(2, 20)), 1.0)}
    announced = rng.choice((None, date(2027, 2, 5)))
    return bodies(chart("AAPL", quarters, splits if rng.random() < 0.7 else {}), calendar(announced))


def rates_file(rng: random.Random) -> bytes:
    def curve(day: date) -> str:
        points = "\n".join(f"{days} = 0.0{rng.randrange(100, 700)}" for days in sorted(rng.sample(range(1, 11_000), 6)))
        convention = rng.choice(("continuous", "simple", "annual", "semiannual", "par"))
        known = rng.choice((f"{day}", f"{day}T18:00:00-05:00"))
        return CURVE.format(day=day, known=known, assumed=rng.choice(("true", "false")), convention=convention, points=points)

    return "\n".join(curve(day) for day in _days(rng, 8)).encode()


SOUND: dict[str, Callable[[random.Random], bytes]] = {
    make.__name__: make
    for make in (treasury, nasdaq_names, actions_file, adjustments_file, names_file, yahoo_actions, rates_file)
}
"""A sound payload of each source."""


def of_toml(rng: random.Random, body: bytes) -> bytes:
    """Something else behind one of its signs of equality, or before it."""
    found = body.split(b"\n")
    if places := [place for place, line in enumerate(found) if b"=" in line and line[:1] != b"#"]:
        at = rng.choice(places)
        before, _, behind = found[at].partition(b"=")
        told = rng.choice(_TOLD)
        found[at] = before + b"= " + told if rng.random() < 0.8 else told + b" =" + behind
    return b"\n".join(found)


def of_toml_lines(rng: random.Random, body: bytes) -> bytes:
    """A line lost, twice, or in another place."""
    found = body.split(b"\n")
    line = found.pop(rng.randrange(len(found)))
    for _ in range(rng.randrange(3)):
        found.insert(rng.randrange(len(found) + 1), line)
    return b"\n".join(found)


def event_moved(rng: random.Random, body: bytes) -> bytes:
    """One event once more with another figure, or on another day."""
    try:
        document = json.loads(body)
        events = rng.choice(list(document[0]["chart"]["result"][0]["events"].values()))
        key, event = rng.choice(list(events.items()))
        name = rng.choice(list(event))
        events[f"{key}0"] = event | {name: rng.choice((777, 1.25, None, "x", event[name]))}
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):  # broken by another fault already
        return body
    return json.dumps(document).encode("utf-8", "surrogatepass")


def mutators(source: str) -> dict[str, Bytes]:
    """Everything that can happen to payloads of a source."""
    own = {
        "yahoo_actions": json_mutations.MUTATORS | {"event_moved": event_moved},
        "rates_file": {"of_toml": of_toml, "of_toml_lines": of_toml_lines},
    }
    known = chain_mutations.MUTATORS | own.get(source, csv_mutations.MUTATORS)
    return {name: change for name, change in known.items() if source in _DATED or name not in _ON_DATES}


def mutants(source: str, seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Payloads of a source with their faults; the name says which."""
    rng = random.Random(f"{source}{seed}")
    known = mutators(source)
    names = sorted(known)
    barred = source == "nasdaq_names"  # its cells are parted by bars
    for number in range(count):
        chosen = [names[number % len(names)], *rng.sample(names, rng.choice((0, 0, 1, 2)))]
        body = SOUND[source](rng)
        for name in chosen:
            body = known[name](rng, body.translate(_SWAPPED) if barred else body)
            body = body.translate(_SWAPPED) if barred else body
        yield "+".join(chosen), body

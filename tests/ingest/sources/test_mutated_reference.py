"""Payloads of reference with a fault somewhere: no line is lost, nothing crashes, reasons are explained, all fits the store."""

import json
import random
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from core.errors import RefusedPayload
from ingest.pipeline import import_raws
from ingest.sources import Raw, actions_file, adjustments_file, names_file, nasdaq_names, rates_file, treasury, yahoo_actions
from ingest.sources.reading.stamps import LIVE
from tests.ingest.importing import NOW
from tests.ingest.sources import csv_mutations, json_mutations
from tests.ingest.sources.samples.reference import bodies, calendar, chart, directory, yields
from tests.ingest.sources.values import NUMBERS, TEXTS

LATER = NOW()
DAYS = [date(2026, 11, 2) + timedelta(days=each) for each in range(12)]
EXPLAINED = (Path(__file__).parents[3] / "docs" / "errors.md").read_text()
QUARTERS = {date(2020 + each // 4, 2 + 3 * (each % 4), 7): 0.2 + each / 100 for each in range(20)}


def lines(head, line):
    return "\n".join([head, *(line.format(n=each, day=DAYS[each]) for each in range(12)), ""]).encode()


SOUND = {
    treasury: (yields(DAYS) + "\n").encode(),
    nasdaq_names: directory(*(f"A{each}|Acme {each} Inc. - Common Stock|Q|N|N|100|N|N" for each in range(12))).encode(),
    actions_file: lines("symbol,kind,ex_date,amount,ratio,known_at", "A{n},dividend,{day},0.2{n},,2026-11-01T12:00Z"),
    adjustments_file: lines(
        "memo,symbol,root,kind,effective,deliverable,multiplier,known_at", "5{n},A{n},A{n}1,merger,{day},words,100,"
    ),
    names_file: lines("symbol,name,asset_class,known_at", "A{n},Acme {n},stock,{day}"),
    yahoo_actions: bodies(chart("AAPL", QUARTERS, {date(2020, 8, 31): (4.0, 1.0)}), calendar(date(2027, 2, 5))),
    rates_file: rates_file.SHIPPED.read_bytes(),
}
EACH = pytest.mark.parametrize("source", list(SOUND), ids=lambda module: module.__name__.split(".")[-1])


SWAPPED = bytes.maketrans(b"|,", b",|")
TOLD = [text.encode() for texts in (NUMBERS | TEXTS).values() for text in texts]


def of_toml(rng, body):
    """Something else behind one of its signs of equality."""
    found = body.split(b"\n")
    at = rng.choice([place for place, line in enumerate(found) if b"=" in line and line[:1] != b"#"])
    found[at] = found[at].split(b"=")[0] + b"= " + rng.choice(TOLD)
    return b"\n".join(found)


def mutants(source, seed, count):
    """Bytes with one to three faults."""
    rng = random.Random(seed)
    known = {yahoo_actions: json_mutations.MUTATORS, rates_file: {"of_toml": of_toml}}.get(source, csv_mutations.MUTATORS)
    for _ in range(count):
        body = SOUND[source].translate(SWAPPED) if source is nasdaq_names else SOUND[source]
        for name in rng.choices(sorted(known), k=rng.randint(1, 3)):
            body = known[name](rng, body)
        yield body.translate(SWAPPED) if source is nasdaq_names else body


def raw(source, body):
    return Raw(source.__name__.split(".")[-1], "mutant", body, LATER, LIVE)


def told(source, body):
    """What the parser makes of bytes, or the reason of its refusal."""
    try:
        return source.parse(raw(source, body))
    except RefusedPayload as refused:
        return refused.reason


def there(source, body):
    """Lines below the header, or events, counted without the parser."""
    if source is rates_file:
        return 1
    if source is not yahoo_actions:
        filled = [line for line in body.replace(b"\r\n", b"\n").split(b"\n") if line.strip()]
        return len(filled) - 1 - (source is nasdaq_names)
    events = json.loads(body)[0]["chart"]["result"][0].get("events", {})
    return sum(len(events.get(kind, {})) for kind in ("dividends", "splits"))


@EACH
def test_every_line_of_a_damaged_payload_is_accounted_for(source):
    reasons, published = Counter(), 0
    for body in mutants(source, 7, 300):
        found = told(source, body)
        if isinstance(found, str):
            reasons[found] += 1
            continue
        seen = sum(payload.rows_in for payload in found)
        assert seen - there(source, body) in ((0, 1) if source is yahoo_actions else (0,)), body[:3000]
        published += sum(len(payload.rows) for payload in found)
        reasons.update(reason for payload in found for reason in payload.quarantined["reason"])
    assert published > (10 if source is rates_file else 100)
    assert {reason for reason in reasons if f"`{reason.partition(':')[0]}`" not in EXPLAINED} == set()


@EACH
def test_what_is_left_of_damaged_payloads_fits_the_store(source, databases):
    made = [raw(source, body) for body in mutants(source, 8, 60)]
    report = import_raws(databases.ingest, databases.settings.oiflow_home, made, NOW, source.__name__.split(".")[-1])
    assert report.files == 60
    assert report.rows_in == report.published + report.quarantined + report.duplicates
    assert not {each["reason"] for each in report.refusals} & {"parser_failed", "unaccounted_rows"}

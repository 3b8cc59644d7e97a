"""R5 and R7 through the whole pipeline: mutated files lose no row and change none, no wrong file shows without a mark."""

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import RefusedPayload
from ingest.publishing.counts import Counts
from ingest.publishing.importer import ImportReport
from ingest.sources import Raw, recognise
from tests.campaign.coercions import coercions, published, values_compared
from tests.ingest.barchart_files import SLOTS
from tests.ingest.faulty_sessions import FAULTS, faulty, market
from tests.ingest.importing import EMPTY, NOW, bring, empty, flags, shown
from tests.ingest.mutations import mutants
from tests.ingest.wrong_files import wrong_files

_STORED = """
WITH last AS (SELECT DISTINCT ON (payload_sha256) load_id FROM loads WHERE state IN ('published', 'superseded')
               ORDER BY payload_sha256, known_at DESC, load_id DESC)
SELECT (SELECT count(*) FROM facts.options_flow JOIN last USING (load_id)),
       (SELECT count(*) FROM quarantine JOIN last USING (load_id) JOIN raw_payloads USING (payload_sha256)
         WHERE raw_text <> '' AND reason <> ''),
       (SELECT count(*) FROM loads WHERE state = 'refused')
"""
_AT_ONCE = 60


@dataclass
class MutationCampaign(Counts):
    """What came of mutated files; `unaccounted`, `crashes`, `misplaced` and the number of `coerced` have to be 0.

    compared: values held against a slow reading; coerced: the rows in which one differed.
    """

    unaccounted: int = 0
    crashes: int = 0
    misplaced: int = 0
    compared: int = 0
    coerced: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)


def mutate(databases: Any, home: Path, n: int, seed: int) -> MutationCampaign:
    """Import `n` mutated files, a few dozen a command, each round into an empty store."""
    found = MutationCampaign()
    for group in _rounds(mutants(seed, n)):
        report = bring(databases.ingest, home, *group)
        rows, (stored, quarantined, refused) = _empty(databases.owner)
        found.add(report)
        found.compared += values_compared(rows)
        found.coerced += coercions(rows, dict(group))
        found.unaccounted += abs(report.rows_in - report.published - report.quarantined - report.duplicates)
        found.misplaced += (stored, quarantined) != (report.published, report.quarantined) or refused > report.refused
        found.crashes += sum(refusal["reason"] == "parser_failed" for refusal in report.refusals)
        found.reasons.update(refusal["reason"] for refusal in report.refusals)
        found.reasons.update(report.reasons)
    return found


@dataclass
class WrongCampaign:
    """What came of wrong files: each is refused, marked or a duplicate; `accepted` and `unexpected` have to be 0.

    accepted: shown without a mark. unexpected: refused for another reason than its own.
    """

    files: int = 0
    refused: int = 0
    marked: int = 0
    duplicates: int = 0
    accepted: int = 0
    unexpected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def bring_wrong_files(databases: Any, home: Path, n: int, seed: int) -> WrongCampaign:
    """Import `n` files that must not be published, all in one command."""
    wrong = list(wrong_files(seed, n))
    names = [f"{number:05d}-{each.file_name}" for number, each in enumerate(wrong)]
    report = bring(databases.ingest, home, *((name, each.body) for name, each in zip(names, wrong, strict=True)))
    refused = {refusal["file"]: refusal["reason"] for refusal in report.refusals}
    unexpected = sum(name in refused and refused[name] not in each.reasons for name, each in zip(names, wrong, strict=True))
    found = WrongCampaign(len(wrong), len(refused), unexpected=unexpected, reasons=Counter(refused.values()))
    found.accepted = len(wrong) - len(refused)
    return found


def bring_faulty_sessions(databases: Any, home: Path, markets: int, seed: int) -> WrongCampaign:
    """Sessions whose fault no file shows by itself, each after a sound past: whoever sees one sees its mark."""
    found = WrongCampaign()
    for number, fault in itertools.product(range(seed, seed + markets), FAULTS):
        made = market(number)
        bring(databases.ingest, home, *made.history)
        wrong = faulty(made, fault, number)
        report = bring(databases.ingest, home, *wrong)
        found.files += len(wrong)
        _judge(found, report, flags(databases.app_admin).get(made.today, []), FAULTS[fault], len(wrong))
        empty(databases.owner)
    return found


def bring_yesterdays_files(databases: Any, home: Path, markets: int, seed: int) -> WrongCampaign:
    """The four files of the session before in place of today's: nothing new is shown."""
    found = WrongCampaign()
    for number in range(seed, seed + markets):
        made = market(number)
        bring(databases.ingest, home, *made.history)
        before = shown(databases.app_admin)
        for one in made.history[-len(SLOTS) :]:
            bring(databases.ingest, home, one)
            found.files += 1
            unchanged = shown(databases.app_admin) == before
            found.duplicates += unchanged
            found.accepted += not unchanged
        empty(databases.owner)
    return found


def _judge(found: WrongCampaign, report: ImportReport, raised: list[str], flag: str, files: int) -> None:
    """Count the files of one faulty session: under a mark, or not."""
    marked = flag in raised and not report.refused
    found.marked += files if marked else 0
    found.accepted += 0 if marked else files
    found.reasons[flag] += files


def _rounds(files: Iterator[tuple[str, bytes]]) -> Iterator[list[tuple[str, bytes]]]:
    """Groups in which no two files are of one slot and stamp, so that each gets as far as it can."""
    group: list[tuple[str, bytes]] = []
    places: set[Any] = set()
    for number, (name, body) in enumerate(files):
        place = _place(body)
        if place in places or len(group) == _AT_ONCE:
            yield group
            group, places = [], set()
        places.add(place or number)
        group.append((f"{number}-{name}.csv", body))
    if group:
        yield group


def _place(body: bytes) -> Any:
    raw = Raw("", "", body, NOW())
    try:
        payload = recognise(raw).parse(raw)
    except RefusedPayload:
        return None
    return payload.slot, payload.known_at


def _empty(owner: Any) -> tuple[Any, tuple[int, int, int]]:
    """What is published of each file, and how many rows are published, rows kept aside, files refused; then nothing."""
    with owner.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute(_STORED)
        counts = cursor.fetchone()
        rows = published(cursor)
        cursor.execute(EMPTY)
    return rows, counts

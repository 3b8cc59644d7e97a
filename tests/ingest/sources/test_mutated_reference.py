"""Payloads of reference with a fault somewhere: no line is lost, none is read as something else, nothing crashes."""

import random
from pathlib import Path

import pytest

from ingest.pipeline import import_raws
from ingest.sources import Raw
from ingest.sources.reading.stamps import LIVE
from tests.ingest.importing import NOW
from tests.ingest.sources.reference_mutations import SOUND, mutants, mutators
from tests.ingest.sources.reference_verdicts import judge

EXPLAINED = (Path(__file__).parents[3] / "docs" / "errors.md").read_text()
EACH = pytest.mark.parametrize("source", list(SOUND))


@EACH
def test_a_sound_payload_is_published_whole(source):
    found = judge(source, ((str(seed), SOUND[source](random.Random(seed))) for seed in range(20)))
    assert found.clean
    assert (found.quarantined, found.refused if source != "rates_file" else 0) == (0, 0), "a curve of par may be no curve"
    assert found.published >= 80


@EACH
def test_what_is_published_of_a_damaged_payload_is_what_it_says(source):
    found = judge(source, mutants(source, seed=7, count=100))
    assert found.crashes + found.denied == []
    assert (found.unaccounted, found.empty) == (0, 0)
    assert found.published > (20 if source == "rates_file" else 400)
    assert {reason for reason in found.reasons if f"`{reason.partition(':')[0]}`" not in EXPLAINED} == set()


@EACH
def test_what_is_left_of_damaged_payloads_fits_the_store(source, databases):
    made = [Raw(source, "mutant", body, NOW(), LIVE) for _, body in mutants(source, seed=8, count=60)]
    report = import_raws(databases.ingest, databases.settings.oiflow_home, made, NOW, source)
    assert report.files == 60
    assert report.rows_in == report.published + report.quarantined + report.duplicates
    assert not {each["reason"] for each in report.refusals} & {"parser_failed", "unaccounted_rows"}


@EACH
def test_there_are_enough_ways_to_go_wrong(source):
    assert len(mutators(source)) >= (15 if source == "rates_file" else 40)


@pytest.mark.parametrize("written", ["20261120", "2026-W10-5", "2026-11-20T16-05:00", "2026-11-20T16:30", "20261120T163000Z"])
def test_a_date_in_another_form_is_none(written):
    lines = f"symbol,name,asset_class,known_at\nA,Acme,stock,{written}\nB,Bcme,stock,2026-11-20T16:30Z\n"
    found = judge("names_file", [("date", lines.encode())])
    assert (found.published, dict(found.reasons)) == (1, {"bad_value:known_at": 1})

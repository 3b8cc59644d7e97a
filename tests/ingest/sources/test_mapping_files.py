"""Mapping files: their faults named at once, where they are found, and which one reads a file."""

import re
from pathlib import Path

import pytest

from core.errors import BadMapping, RefusedPayload
from core.sources import ABOUT
from ingest.sources.mapped import SHIPPED, shelf
from ingest.sources.mapped.faults import read_mapping
from ingest.sources.mapped.preview import preview
from ingest.sources.mapped.spec import Cell, Dates, Lists, Mapping, Recognise, Rows
from tests.ingest.sources import mapped_files as files

WHOLE = """
label = "Acme"
licence_note = "ours"

[recognise]
columns = ["Sym", "Exp", "K", "CP", "OI", "Day"]

[dates]
label = { column = "Day", format = "DD.MM.YYYY" }

[columns]
symbol = "Sym"
expiration = "Exp"
strike = "K"
right = "CP"
open_interest = "OI"
"""
ROWS = "".join(f"ABCD,2026-12-18,{90 + place},{side},{place},19.11.2026\n" for place in range(3) for side in "CP")
DOCUMENT = Path(__file__).parents[3] / "docs" / "mappings.md"
TABLE = files.raw("Sym,Exp,K,CP,OI,Day\n" + ROWS, "acme.csv")
JSON = WHOLE.replace('columns = ["Sym", "Exp", "K", "CP", "OI", "Day"]', 'record_keys = ["Sym"]')
JSON_ROWS = JSON.replace("[dates]", '[rows]\nrecords = "[]"\n\n[dates]')
SIDES = WHOLE.replace('right = "CP"\n', "") + '\n[sides.call]\nbid = "Sym"\n[sides.put]\nask = "Sym"\n'


def faults(text, name="acme"):
    with pytest.raises(BadMapping) as error:
        read_mapping(name, text)
    return [line.strip() for line in str(error.value).split("\n")[1:]] or [str(error.value)]


def written(home, **texts):
    folder = home / "mappings"
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text)
    return shelf(home)


def test_a_mapping_of_somebodys_own_reads_what_no_other_knows(tmp_path):
    (payload,) = written(tmp_path, acme=WHOLE).parse(TABLE)
    assert (payload.source, payload.slot, len(payload.rows)) == ("acme", "ABCD", 6)
    assert (payload.about.label, payload.about.holds, payload.about.preference) == ("Acme", "chains", 500)
    assert payload.about.date_rule == "Dated by Day: open interest of the session before."


def test_all_faults_are_named_at_once_each_with_what_to_write():
    broken = WHOLE.replace("label =", "lable =", 1).replace(
        '"OI"\n', '{ column = "OI", unit = "pct" }\nexpiry = "Exp"\nbid = "Bid"\n'
    )
    assert faults(broken) == [
        "label is missing: write a title for people.",
        "columns.open_interest.unit = 'pct': write one of 'plain' or 'percent'.",
        "lable: there is no such entry; did you mean label?",
        "columns.expiry: chains have no such column; did you mean expiration?",
        "recognise.columns lacks 'Bid', which is read: name it there.",
    ]


@pytest.mark.parametrize(("old", "new", "words"), [
    ("DD.MM.YYYY", "DD.MM", "dates.year_from is missing"),
    ("DD.MM.YYYY", "HH:mm", "has no day and month"),
    ("DD.MM.YYYY", "YYYY-MM-DD HH:mm", "write instant in place of label"),
    ('symbol = "Sym"', 'symbol = { column = "Sym", path = "x" }', "names 2 places"),
    ('symbol = "Sym"', 'symbol = { path = "x" }', "path 'x' is no group of recognise.path"),
    ('symbol = "Sym"', 'symbol = { level = "x" }', "level 'x' is not in rows.records"),
    ('symbol = "Sym"', 'symbol = { document = "x" }', "a table has nothing beside its rows"),
    ('symbol = "Sym"', 'symbol = { column = "Sym", pattern = "(" }', "is no regular expression"),
    ('symbol = "Sym"', 'symbol = { column = "Sym", pattern = "a(b)(c)" }', "has 2 groups"),
    ('symbol = "Sym"', 'symbol = { column = "Sym", zone = "Mars" }', "is no time zone"),
    ('symbol = "Sym"', "symbol = 7", "columns.symbol = 7"),
    ('symbol = "Sym"\n', "", "columns.symbol is missing"),
    ('open_interest = "OI"\n', "", "write at least one of open_interest, bid"),
    ('label = "Acme"', 'label = "Acme"\nmarket = "MARS"', "has to be one of US, DERIBIT, OKX"),
    ('label = "Acme"', 'label = "Acme"\npreference = 7', "greater than or equal to 200"),
    ('label = "Acme"', 'label = "Acme"\nholds = "bars"', "minutes is missing"),
    ("[dates]", '[rows]\nrecords = "a[]"\n\n[dates]', "records and lists are for JSON"),
    ("[dates]", '[rows]\nrecords = "a..b"\n\n[dates]', "has to be keys joined by dots"),
    ("[dates]", "[dates]\nlooks = true", "dates.looks needs instant or stamp"),
    ("[dates]", '[dates]\ninstant = "Day"', "has neither label nor instant, or both"),
    ("[dates]", '[dates]\nstamp = { column = "Day", format = "DD.MM.YYYY" }', "has no year or no time of day"),
    ("[dates]", '[recognise.where]\nVenue = "x"\n\n[dates]', "recognise.columns lacks 'Venue'"),
    ("[recognise]", '[recognise]\npath = "("', "is no regular expression"),
    ("[recognise]", "[recognise]\nkeys = []\nwhat = 1", "recognise.what: there is no such entry"),
    ("[columns]", '[witnesses]\nbid = "OI"\n\n[columns]', "witnesses.bid is a second place"),
])  # fmt: skip
def test_each_fault_says_where_it_is(old, new, words):
    assert old in WHOLE
    assert any(words in fault for fault in faults(WHOLE.replace(old, new, 1)))


@pytest.mark.parametrize(("text", "words"), [
    ("label = ", "this is no TOML"), (JSON, "rows.records is missing"), (SIDES, "call and put have to name the same columns"),
    ('holds = "prices"' + WHOLE.replace("[dates]", '[dates]\nquotes_of = "label"'), "dates.quotes_of is for chains"),
    (JSON_ROWS + '\n[recognise.where]\nSym = "x"\n', "recognise.where is for tables"),
    (WHOLE.split("[dates]", maxsplit=1)[0] + "[columns]" + WHOLE.split("[columns]")[1], "dates is missing"),
])  # fmt: skip
def test_faults_between_entries_are_named_too(text, words):
    assert any(words in fault for fault in faults(text))


def test_what_ships_has_no_fault_and_comes_after_the_built_in_sources():
    shipped = shelf(SHIPPED / "nowhere")
    assert (set(shipped.known), shipped.broken) == ({path.stem for path in SHIPPED.glob("*.toml")}, {})
    ours = {about.preference for about in ABOUT.values() if not about.source.endswith("_scan")}
    assert min(mapping.preference for mapping in shipped.known.values()) > max(ours)
    assert not shipped.known.keys() & ABOUT.keys()


def test_ones_own_takes_the_place_of_a_shipped_one_of_the_same_name(tmp_path):
    assert written(tmp_path, prices_daily=WHOLE).known["prices_daily"].label == "Acme"


def test_one_with_faults_reads_nothing_and_is_named_where_a_file_is_not_known(tmp_path):
    mappings = written(tmp_path, acme="label = 1", cboe=WHOLE)
    assert sorted(mappings.broken) == ["acme", "cboe"]
    for name, reason in ((None, "not_recognised"), ("acme", "bad_mapping")):
        with pytest.raises(RefusedPayload, match="acme") as refused:
            mappings.parse(TABLE, name)
        assert refused.value.reason == reason


def test_a_slot_of_another_mapping_needs_that_mapping(tmp_path):
    assert "there is no mapping 'nobody'" in written(tmp_path, acme='source = "nobody"\n' + WHOLE).broken["acme"]


def test_two_that_fit_equally_well_ask_for_a_choice(tmp_path):
    mappings = written(tmp_path, acme=WHOLE, other=WHOLE)
    with pytest.raises(RefusedPayload, match="acme, other fit equally well") as refused:
        mappings.parse(TABLE)
    assert refused.value.reason == "ambiguous_mapping"
    assert mappings.parse(TABLE, "other")[0].source == "other"


def test_the_one_that_knows_more_of_the_columns_reads_the_file(tmp_path):
    more = WHOLE.replace('"OI",', '"OI", "Vol",')
    table = files.raw(TABLE.body.decode().replace("Sym,Exp", "Vol,Sym,Exp").replace("ABCD", "1,ABCD"))
    assert written(tmp_path, acme=WHOLE, more=more).parse(table)[0].source == "more"


def test_the_example_of_the_documentation_reads_the_table_beside_it():
    table, text = re.findall(r"```(?:toml)?\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)[1:3]
    shown = preview(read_mapping("acme", text), files.raw(table))
    assert (shown.published, shown.quarantined, shown.loads[0].quote_session) == (1, {}, "2026-11-19")
    assert [shown.first_rows[0][name] for name in ("strike_milli", "open_interest", "iv")] == [1_050_000, 12_400, 0.245]


@pytest.mark.parametrize("model", [Mapping, Recognise, Rows, Lists, Dates, Cell])
def test_every_entry_is_named_in_the_documentation(model):
    text = DOCUMENT.read_text()
    assert not [name for name in model.model_fields if not re.search(rf"\b{name}\b", text)]


def test_a_preview_shows_what_would_be_stored():
    shown = preview(read_mapping("acme", WHOLE), files.raw(TABLE.body.replace(b",2,19", b",-2,19"), "acme.csv"))
    assert (shown.rows_in, shown.published, shown.quarantined) == (6, 4, {"negative:open_interest": 2})
    assert (shown.loads[0].slot, shown.loads[0].rows, shown.first_rows[1]["right"]) == ("ABCD", 4, "P")
    assert shown.first_quarantined[0]["line_number"] == 6

"""Files into the store: what is published, repeated, corrected and refused, and that the order makes no difference."""

import gzip
import random
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from core.clock import frozen
from core.errors import DatabaseUnavailable, ImportBusy, MissingFile
from core.sessions import sessions_between
from core.sources import SIMULATED
from ingest.pipeline import import_bodies, import_paths, publish_payloads
from ingest.publishing.publish import flip, only_importer
from ingest.raw import read_raw
from ingest.sources import Raw, recognise, simulated
from tests.ingest import barchart_files as files
from tests.ingest.importing import NOW, SESSION, bring, file, shown, whole_set


def count(db, table):
    with db.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


def states(db):
    return [row["state"] for row in db.dicts("set_loads", source="barchart", sessions=[SESSION])]


def test_a_set_of_files_is_published(databases, tmp_path):
    report = bring(databases.ingest, tmp_path, *whole_set())
    assert (report.files, report.refused, report.rows_in, report.published, report.sessions) == (4, 0, 48, 48, 1)
    assert count(databases.app_premium, "options_flow") == 48
    assert states(databases.ingest) == ["published"] * 4


def test_the_pack_of_an_import_that_failed_in_the_end_goes_with_the_next(databases, tmp_path, monkeypatch):
    def away(*_):
        raise DatabaseUnavailable

    with monkeypatch.context() as broken:
        broken.setattr("ingest.publishing.importer.flip", away)
        with pytest.raises(DatabaseUnavailable):
            bring(databases.ingest, tmp_path, *whole_set())
    (failed,) = (tmp_path / "raw").rglob("*.pack")
    assert bring(databases.ingest, tmp_path, *whole_set()).published == 48
    (kept,) = (tmp_path / "raw").rglob("*.pack")
    assert kept != failed


def test_the_pack_of_an_import_whose_answer_was_lost_stays(databases, tmp_path, monkeypatch):
    def lost(*given):
        flip(*given)
        raise DatabaseUnavailable

    with monkeypatch.context() as broken:
        broken.setattr("ingest.publishing.importer.flip", lost)
        with pytest.raises(DatabaseUnavailable):
            bring(databases.ingest, tmp_path, *whole_set())
    assert bring(databases.ingest, tmp_path, *whole_set()).duplicates == 48
    assert len(list((tmp_path / "raw").rglob("*.pack"))) == 1


def test_every_published_figure_is_what_the_file_says(databases, tmp_path):
    row = files.row(SESSION, symbol="NVDA", strike=187.5, right="Put", last=2.2, delta=-0.31, expiration=date(2026, 12, 18))
    bring(databases.ingest, tmp_path, file(lines=[row]))
    with databases.app_premium.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute(
            'SELECT symbol, "right", strike::float, expiration, session_date, quote_session, open_interest, oi_change, volume,'
            " bid, ask, mid, last, iv, delta, dte, sentiment, multiplier, known_at, trade_time, volume_final FROM options_flow"
        )
        found = cursor.fetchone()
    assert found[:9] == ("NVDA", "P", 187.5, date(2026, 12, 18), date(2026, 10, 30), SESSION, 4000, 1250, 1500)
    assert found[9:18] == pytest.approx((2.1, 2.2, 2.15, 2.2, 0.245, -0.31, 46, "Buyer", 100))
    assert found[18:] == (datetime(2026, 11, 2, 20, 41, tzinfo=UTC), datetime(2026, 11, 2, 19, 5, tzinfo=UTC), False)


def test_what_the_source_does_not_know_is_null(databases, tmp_path):
    bring(databases.ingest, tmp_path, file(lines=[files.row(SESSION, delta=0.0, iv="N/A", last="N/A", trade_time="2026-11-02")]))
    with databases.app_premium.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("SELECT delta, iv, last, sentiment, confidence, trade_time, bid FROM options_flow")
        found = cursor.fetchone()
    assert found[:6] == (None,) * 6
    assert found[6] == pytest.approx(2.1)


def test_a_second_import_publishes_nothing_and_shows_the_same(databases, tmp_path):
    bring(databases.ingest, tmp_path, *whole_set())
    before, version = shown(databases.app_admin), databases.ingest.value("data_version")
    report = bring(databases.ingest, tmp_path, *whole_set())
    assert (report.rows_in, report.published, report.duplicates) == (48, 0, 48)
    assert (shown(databases.app_admin), databases.ingest.value("data_version")) == (before, version)


def test_the_same_bytes_twice_in_one_command_count_once(databases, tmp_path):
    name, body = file()
    report = bring(databases.ingest, tmp_path, (name, body), ("etfs-decrease.csv.gz", gzip.compress(body)))
    assert (report.files, report.published, report.duplicates, report.refused) == (2, 12, 12, 0)


def test_a_correction_shows_from_its_stamp_on(databases, tmp_path):
    bring(databases.ingest, tmp_path, file(at="02:41pm"))
    before = shown(databases.app_admin, datetime(2026, 11, 2, 20, 50, tzinfo=UTC))
    bring(databases.ingest, tmp_path, file(at="02:55pm", seed=1))
    assert shown(databases.app_admin, datetime(2026, 11, 2, 20, 50, tzinfo=UTC)) == before
    assert shown(databases.app_admin) != before
    assert states(databases.ingest) == ["superseded", "published"]


def test_an_older_stamp_that_comes_late_goes_behind(databases, tmp_path, demo_databases):
    older, newer = file(at="02:41pm"), file(at="02:55pm", seed=1)
    bring(databases.ingest, tmp_path, newer)
    bring(databases.ingest, tmp_path, older)
    bring(demo_databases.ingest, tmp_path, older, newer)
    assert states(databases.ingest) == ["superseded", "published"]
    for as_of in (None, datetime(2026, 11, 2, 20, 50, tzinfo=UTC)):
        assert shown(databases.app_admin, as_of) == shown(demo_databases.app_admin, as_of)


def test_another_file_with_the_same_stamp_is_refused(databases, tmp_path):
    bring(databases.ingest, tmp_path, file())
    report = bring(databases.ingest, tmp_path, file(seed=1))
    assert [refusal["reason"] for refusal in report.refusals] == ["same_stamp"]
    assert (report.rows_in, report.published) == (0, 0)


def test_a_refused_file_is_kept_with_its_reason_and_noted_once(databases, tmp_path):
    for _ in range(2):
        report = bring(databases.ingest, tmp_path, ("report.csv", b"<html>Please sign in</html>"))
        assert [refusal["reason"] for refusal in report.refusals] == ["sign_in_page"]
    assert [load["reason"] for load in databases.ingest.dicts("refused_loads", reason=None, most=9)] == ["sign_in_page"]
    (load,) = databases.ingest.dicts("load_list", source=None, state="refused", session_date=None, most=9)
    assert load["source"] is None  # nobody knows whose page it is
    sha256 = Raw("", "", b"<html>Please sign in</html>", NOW()).sha256
    assert read_raw(databases.ingest, tmp_path, sha256).content == b"<html>Please sign in</html>"


def test_the_archive_gives_back_the_bytes_that_came(databases, tmp_path):
    name, body = file()
    packed = gzip.compress(body)
    bring(databases.ingest, tmp_path, (name, packed), *whole_set()[1:])
    assert read_raw(databases.ingest, tmp_path, Raw("", name, body, NOW()).sha256).body == packed


def test_rows_kept_aside_have_text_reason_and_line(databases, tmp_path):
    bad = files.row(SESSION, strike="nonsense")
    report = bring(databases.ingest, tmp_path, file(lines=[*files.rows(SESSION, "stocks-increase", 5), bad]))
    assert (report.rows_in, report.published, report.quarantined, report.reasons) == (6, 5, 1, {"bad_strike": 1})
    (row,) = databases.app_admin.dicts("quarantine_list", load_id=None, reason="bad_strike", most=9)
    assert (row["line_number"], "nonsense" in row["raw_text"]) == (7, True)


def doubted(at_stocks="02:41pm", at_etfs="02:43pm"):
    """Two slots that name one contract with different open interest."""
    same = files.row(SESSION, symbol="XYZQ")
    return (
        file("stocks-increase", at=at_stocks, lines=[*files.rows(SESSION, "stocks-increase", 4), same]),
        file("etfs-increase", at=at_etfs, lines=[*files.rows(SESSION, "etfs-increase", 4), same | {"open_interest": 9000}]),
    )


def test_a_contract_in_doubt_between_two_slots_is_kept_aside_in_both(databases, tmp_path):
    report = bring(databases.ingest, tmp_path, *doubted())
    assert (report.rows_in, report.published, report.reasons) == (10, 8, {"ambiguous_contract": 2})
    assert count(databases.app_premium, "options_flow") == 8


@pytest.mark.parametrize("split", [1, 2])
def test_a_doubt_is_found_in_any_order_and_shows_from_the_later_stamp(databases, demo_databases, tmp_path, split):
    bring(databases.ingest, tmp_path, *doubted())
    for one in doubted()[::-1] if split == 2 else doubted():
        bring(demo_databases.ingest, tmp_path, one)
    for as_of in (None, datetime(2026, 11, 2, 20, 42, tzinfo=UTC)):
        assert shown(databases.app_admin, as_of) == shown(demo_databases.app_admin, as_of)
    assert count(demo_databases.app_premium, "options_flow") == 8


def test_a_correction_that_ends_the_doubt_brings_the_row_back(databases, tmp_path):
    bring(databases.ingest, tmp_path, *doubted())
    bring(databases.ingest, tmp_path, file("etfs-increase", at="02:50pm", lines=files.rows(SESSION, "etfs-increase", 4)))
    assert count(databases.app_premium, "options_flow") == 9


def test_any_order_of_a_few_sessions_gives_one_fingerprint(databases, demo_databases, tmp_path):
    days = sessions_between(date(2026, 10, 28), date(2026, 11, 3))
    every = [one for day in days for one in whole_set(day, 6)] + list(doubted("02:51pm", "02:52pm"))
    bring(databases.ingest, tmp_path, *every)
    random.Random(7).shuffle(every)
    for one in every:
        bring(demo_databases.ingest, tmp_path, one)
    assert shown(databases.app_admin) == shown(demo_databases.app_admin)


def test_parsed_payloads_take_the_same_way(databases, demo_databases, tmp_path):
    raws = [Raw("", name, body, NOW()) for name, body in whole_set()]
    publish_payloads(databases.ingest, tmp_path, ((raw, recognise(raw).parse(raw)) for raw in raws), NOW)
    bring(demo_databases.ingest, tmp_path, *whole_set())
    assert shown(databases.app_admin) == shown(demo_databases.app_admin)


def test_made_up_figures_are_refused_beside_real_ones_and_taken_by_the_simulated_market(databases, demo_databases, tmp_path):
    bodies = [(raw.file_name, raw.body) for raw in simulated.make_market(1, SESSION, sessions=1, names=3)]
    report = bring(databases.ingest, tmp_path, *bodies)
    assert {refusal["reason"] for refusal in report.refusals} == {"simulated_data"}
    assert (report.refused, report.published, databases.ingest.value("data_version")) == (len(bodies), 0, 0)
    assert import_bodies(demo_databases.ingest, tmp_path, bodies, NOW, demo=True).refused == 0


def test_every_simulated_source_is_one_that_real_databases_refuse(unwritten):
    assert {row["source"] for row in unwritten.app_admin.dicts("source_list") if row["simulated"]} == SIMULATED


def test_folders_are_walked_and_a_missing_path_stops_before_anything(databases, tmp_path):
    folder = tmp_path / "downloads" / "deep"
    folder.mkdir(parents=True)
    for name, body in whole_set():
        (folder / name).write_bytes(body)
    (folder / "half.csv.part").write_bytes(b"not yet")
    with pytest.raises(MissingFile, match="nowhere"):
        import_paths(databases.ingest, tmp_path, [folder, Path("nowhere.csv")], NOW)
    told: list[tuple[int, int]] = []
    report = import_paths(databases.ingest, tmp_path, [tmp_path / "downloads"], NOW, progress=lambda *seen: told.append(seen))
    assert (report.files, report.published, told[-1]) == (4, 48, (4, 4))


def test_what_a_crash_left_staged_goes_at_the_next_import(databases, tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.publishing.importer.flip", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        bring(databases.ingest, tmp_path, *whole_set())
    assert set(states(databases.ingest)) == {"staged"}
    assert count(databases.app_premium, "options_flow") == 0
    monkeypatch.undo()
    report = bring(databases.ingest, tmp_path, *whole_set())
    assert report.published == 48
    assert states(databases.ingest) == ["published"] * 4
    assert count(databases.ingest, "facts.options_flow") == 48


def test_two_importers_take_turns(databases, tmp_path):
    with only_importer(databases.ingest), pytest.raises(ImportBusy), only_importer(databases.ingest, wait=0.1):
        pass
    assert bring(databases.ingest, tmp_path, file()).published == 12


def test_a_finished_month_is_packed_into_one_partition(databases, tmp_path):
    early = frozen(datetime(2026, 11, 2, 22, tzinfo=UTC))
    import_bodies(databases.ingest, tmp_path, whole_set(), early)
    assert partitions(databases.owner) == ["options_flow_20261102"]
    before = shown(databases.app_admin)
    import_bodies(databases.ingest, tmp_path, whole_set(), frozen(datetime(2026, 12, 1, 22, tzinfo=UTC)))
    assert partitions(databases.owner) == ["options_flow_202611"]
    assert shown(databases.app_admin) == before


def partitions(db):
    with db.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'facts.options_flow'::regclass"
        )
        return sorted(row[0] for row in cursor.fetchall())

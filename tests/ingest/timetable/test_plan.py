"""What the settings ask for, of sources that say themselves what they need."""

import ast
from pathlib import Path

import pytest

from core.errors import SettingsError
from core.settings import load
from core.sources import ABOUT
from ingest import timetable
from ingest.timetable.plan import plan


def test_a_source_that_only_a_command_fetches_waits_and_names_the_command(tmp_path):
    found = plan(load(sources="cboe, Deribit_options,yahoo,okx,treasury", oiflow_home=tmp_path))
    assert (found.chains, found.venues, found.reference) == (("cboe", "yahoo"), ("okx",), ("treasury",))
    assert found.waiting == {"deribit_options": ABOUT["deribit_options"].by_hand}
    assert "`oiflow collect deribit_options" in found.waiting["deribit_options"]


def test_a_source_waits_for_what_it_lacks_and_one_that_nobody_knows_is_refused(tmp_path):
    assert "MASSIVE_API_KEY" in plan(load(sources="massive", oiflow_home=tmp_path)).waiting["massive"]
    with pytest.raises(SettingsError, match="SOURCES names simulated; there are barchart, "):
        plan(load(sources="simulated", oiflow_home=tmp_path))


def test_the_timetable_knows_no_provider_by_name():
    trees = [ast.parse(path.read_text()) for path in Path(timetable.__path__[0]).glob("*.py")]
    said = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert not said & {name for name, about in ABOUT.items() if about.scheduled}

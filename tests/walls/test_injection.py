"""SQL that a visitor writes stays text, and no text of ours is built from his words."""

import ast
from pathlib import Path

import pytest

from tests.usecases import market
from tests.walls import payloads
from tests.walls.injections import inject

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("core", "analytics", "db", "usecases", "ingest", "worker", "api", "webapp", "cli")
CURSORS = {"execute", "executemany", "copy_expert", "copy_from", "mogrify", "callproc"}
REVIEWED = {  # put together of our own words, constants of the code, never of a visitor's
    ("db/bulk.py", "copy_rows"),
    ("db/bulk.py", "copy_csv"),
    ("db/database.py", "copy_out"),
    ("db/roles.py", "_close_large_objects"),  # names of PostgreSQL's own functions, a constant
    ("db/roles.py", "_ensure_login"),  # parts made by psycopg2.sql
    ("db/write.py", "delete_staged"),  # names of queries
    ("ingest/demo.py", "clear"),
}


def built_texts():
    """(file, function, call) wherever a cursor or a named query is given a text that is neither constant nor of the catalogue."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(path.read_text())
            for function in ast.walk(tree):
                if isinstance(function, ast.FunctionDef):
                    yield from ((str(path.relative_to(ROOT)), function.name, call) for call in _suspicious(function))


def _suspicious(function):
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in CURSORS and call.args:
            text = ast.unparse(call.args[0])
            constant = isinstance(call.args[0], ast.Constant) or "sql.SQL(" in text or text.startswith("queries()[")
            if not constant and any(isinstance(part, ast.JoinedStr | ast.BinOp) for part in ast.walk(call.args[0])):
                yield text


def test_no_statement_is_built_from_anything_but_our_own_words():
    assert {(path, function) for path, function, _text in built_texts()} == REVIEWED


def test_a_statement_built_from_a_word_is_noticed():
    (function,) = ast.parse("def ask(cursor, word):\n    cursor.execute(f'SELECT {word}')").body
    assert list(_suspicious(function)) == ["f'SELECT {word}'"]


def test_hostile_words_change_no_answer_and_no_table(databases):
    market.fill(databases)
    found = inject(databases, payloads.sql(60))
    assert found.errors == []
    assert found.differing == []


@pytest.mark.parametrize("make", [payloads.sql, payloads.markup])
def test_payloads_are_the_same_in_every_run(make):
    assert make(50) == make(50) != make(51)

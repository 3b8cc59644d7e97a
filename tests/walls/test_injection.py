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
    ("db/database.py", "copy_out"),  # a query of the catalogue, its values bound by the driver
    ("db/database.py", "execute"),  # the name of a query
    ("db/free.py", "rebuild_free"),  # names of queries
    ("db/migrate.py", "_apply"),  # files of the product, checked against their hashes
    ("db/roles.py", "_close_doors"),  # what `doors` makes by psycopg2.sql
    ("db/roles.py", "_close_large_objects"),  # names of PostgreSQL's own functions, a constant
    ("db/roles.py", "_ensure_login"),  # parts made by psycopg2.sql
    ("db/services.py", "tidy_accounts"),  # names of queries, a constant
    ("db/write.py", "delete_staged"),  # names of queries
    ("db/write.py", "insert_reference"),  # the same, by a payload's kind, which is one of the product's own words
    ("ingest/browser/chromium.py", "close"),  # a command of the browser's driver, a constant
    ("ingest/browser/driver.py", "execute"),  # the same
    ("ingest/demo.py", "clear"),
    ("ingest/browser/downloads.py", "_hand_over"),  # the same
}


def built_texts():
    """(file, function, call) wherever a cursor or a named query is given a text that is neither constant nor of the catalogue."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for function, text in _suspicious(ast.parse(path.read_text())):
                yield str(path.relative_to(ROOT)), function, text


def _suspicious(tree):
    """(innermost function, text) of what may have been put together; "" for code outside functions."""
    homes = {
        node: function.name
        for function in ast.walk(tree)  # outer functions come before inner ones
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    called = {call.func for call in calls}
    handed_on = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in CURSORS]
    given = [(call, _given(call)) for call in calls if call.func.attr in CURSORS or ast.unparse(call.func) == "sql.SQL"]
    yield from ((homes.get(node, ""), ast.unparse(node)) for node in handed_on if node not in called)
    yield from ((homes.get(call, ""), ast.unparse(text)) for call, text in given if text is not None and not _known(text))


def _given(call):
    """The first thing that a call is given, by place or by name."""
    return next(iter([*call.args, *(keyword.value for keyword in call.keywords)]), None)


def _known(text):
    """A literal, a query of the catalogue, or sql.SQL, which is looked at by itself, with parts that only psycopg2.sql fills."""
    if isinstance(text, ast.Subscript):
        return ast.unparse(text.value) == "queries()"
    if isinstance(text, ast.Call) and isinstance(text.func, ast.Attribute):
        base = text.func.value if text.func.attr in ("format", "join") else text
        return isinstance(base, ast.Call) and ast.unparse(base.func) == "sql.SQL"
    return isinstance(text, ast.Constant)


def test_no_statement_is_built_from_anything_but_our_own_words():
    assert {(path, function) for path, function, _text in built_texts()} == REVIEWED


@pytest.mark.parametrize(
    "line",
    [
        "cursor.execute(f'SELECT {word}')",
        "cursor.execute(query=f'SELECT {word}')",
        "text = f'SELECT {word}'; cursor.execute(text)",
        "cursor.execute('SELECT {}'.format(word))",
        "cursor.execute(''.join(['SELECT ', word]))",
        "cursor.execute('SELECT ' + word)",
        "cursor.execute('SELECT %s' % word)",
        "cursor.execute(sql.SQL(f'SELECT {word}'))",
        "run = cursor.execute; run(f'SELECT {word}')",
        "text = sql.SQL(word); cursor.execute(sql.SQL('SELECT {}').format(text))",
    ],
)
def test_a_statement_built_from_a_word_is_noticed(line):
    assert [function for function, _text in _suspicious(ast.parse(f"def ask(cursor, word):\n    {line}"))] == ["ask"]
    assert len(list(_suspicious(ast.parse(line)))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "'SELECT 1'",
        "queries()['data_version']",
        "sql.SQL('SELECT 1')",
        "sql.SQL('DROP DATABASE {}').format(sql.Identifier(name))",
    ],
)
def test_a_statement_of_our_own_words_is_not(text):
    assert not list(_suspicious(ast.parse(f"def ask(cursor, name):\n    cursor.execute({text}, [name])")))


def test_hostile_words_change_no_answer_and_no_table(databases):
    market.fill(databases)
    found = inject(databases, payloads.sql(60))
    assert found.errors == []
    assert found.differing == []


@pytest.mark.parametrize("make", [payloads.sql, payloads.markup])
def test_payloads_are_the_same_in_every_run(make):
    assert make(50) == make(50) != make(51)

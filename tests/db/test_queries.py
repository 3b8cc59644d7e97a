"""Every named query fits the schema, says what it is for, and can be asked by a login of the product."""

import re
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import pytest

from db.database import queries

FOLDER = Path(__file__).parents[2] / "db" / "queries"
EXPLAINED = ("select", "insert", "update", "delete", "merge", "with", "values")
LOGINS_AT_WORK = ("app_premium", "auth", "ingest", "app_free", "app_admin", "worker")
VALUES = {"now": datetime(2026, 11, 20, tzinfo=UTC)}  # the driver says the type of an instant; other unknown values are NULL here


def first_word(text):
    return re.sub(r"--[^\n]*\n", "", text).split(None, 1)[0].strip("(;").lower()


TEMPORARY = [text for text in queries().values() if re.match(r"(--[^\n]*\n)*CREATE TEMP", text)]


def complaint(work, text):
    """None if PostgreSQL plans the query for this login, else its complaint. Leaves the transaction as it was."""
    cursor = work.connection.cursor()
    cursor.execute("SAVEPOINT before")
    try:
        values = {name: VALUES.get(name) for name in re.findall(r"%\((\w+)\)s", text)}
        cursor.execute(("EXPLAIN " if first_word(text) in EXPLAINED else "") + text, values)
    except psycopg2.Error as error:
        cursor.execute("ROLLBACK TO before")
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return None


def complaints(database, text):
    """The complaint of one login, its temporary tables made before."""
    with database.transaction() as work:
        if first_word(text) == "set":  # has to be the first statement of its transaction
            work.connection.cursor().execute(text)
            found = None
        else:
            for table in TEMPORARY:
                if table != text:
                    complaint(work, table)
            found = complaint(work, text)
        work.connection.rollback()
    return found


@pytest.mark.parametrize("name", sorted(queries()))
def test_query_can_be_asked_by_a_login_at_work(unwritten, name):
    found = set()
    for login in LOGINS_AT_WORK:
        said = complaints(getattr(unwritten, login), queries()[name])
        if said is None:
            return
        found.add(said)
    pytest.fail("; ".join(found))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.sql")), ids=lambda path: path.name)
def test_every_query_says_what_it_is_for(path):
    for name, text in re.findall(r"^-- name: (\w+)\n(.*)$", path.read_text(), re.M):
        assert text.startswith("-- "), f"{name} lacks its line of purpose"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.sql")), ids=lambda path: path.name)
def test_values_are_bound_and_never_formatted(path):
    assert not re.search(r"%s|\{\}|\{[a-z_]\w*\}", path.read_text())

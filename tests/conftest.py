"""A real PostgreSQL for the whole run, and a fresh clone of the migrated database for each test that asks."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import psycopg2
import psycopg2.extensions
import pytest
from psycopg2 import sql

from core.settings import LOGINS, Settings
from core.settings import load as load_settings
from db import address, embedded, migrate, roles
from db.connect import connect
from db.database import Database

_TEMPLATE = "template_oiflow"
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Databases:
    """One database by all its logins."""

    owner: Database
    ingest: Database
    worker: Database
    app_free: Database
    app_premium: Database
    app_admin: Database
    auth: Database
    backup: Database
    settings: Settings
    demo: bool = False

    def close(self) -> None:
        for login in LOGINS:
            getattr(self, login).close()


def _settings(home: Path, url: str) -> Settings:
    """Settings for a database of this server; the passwords are those of the tests alone."""
    return load_settings(
        oiflow_home=home, database_url=url, **{f"{login}_password": f"password-of-{login}-in-tests" for login in LOGINS}
    )


def _open(settings: Settings, demo: bool = False) -> Databases:
    return Databases(**{login: connect(settings, login, demo) for login in LOGINS}, settings=settings, demo=demo)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.Server]:
    """The server of this run, with all logins and a migrated template. It gives up fsync: nothing here outlives the machine."""
    home = tmp_path_factory.mktemp("server")
    with embedded.start(home, durable=False) as server:
        url = address.with_database(server.superuser_url, _TEMPLATE)
        settings = _settings(home, url)
        roles.ensure(url, settings)
        migrate.migrate(settings)
        yield server
        embedded.stop(home, force=True)


@lru_cache(maxsize=1)
def _superuser(url: str) -> psycopg2.extensions.connection:
    """One connection that makes and drops databases for the whole run: to sign in anew costs more than most statements."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    return connection


def _admin(postgres: embedded.Server, *statements: sql.Composable) -> None:
    with _superuser(postgres.superuser_url).cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _clone(postgres: embedded.Server, name: str) -> None:
    """A database like the template: 20 ms, because without fsync a copy of its files is the fastest way."""
    database = sql.Identifier(name)
    make = sql.SQL("CREATE DATABASE {} OWNER owner TEMPLATE {} STRATEGY file_copy").format(database, sql.Identifier(_TEMPLATE))
    _admin(postgres, make, *roles.doors(name))


def drop(postgres: embedded.Server, name: str) -> None:
    _admin(postgres, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def settings(postgres: embedded.Server, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a fresh clone and a home of the test's own. `demo_databases` makes its simulated market's twin."""
    name = f"test_{next(_NUMBERS)}"
    _clone(postgres, name)
    yield _settings(tmp_path / "home", address.with_database(postgres.superuser_url, name))
    drop(postgres, name)
    drop(postgres, f"{name}_demo")


@pytest.fixture
def databases(settings: Settings) -> Iterator[Databases]:
    """The real database of `settings` by all logins, empty but for what the schema brings."""
    opened = _open(settings)
    yield opened
    opened.close()


@pytest.fixture
def fresh(postgres: embedded.Server, tmp_path: Path) -> Iterator[Databases]:
    """A second empty database beside `databases`."""
    name = f"test_{next(_NUMBERS)}"
    _clone(postgres, name)
    opened = _open(_settings(tmp_path / "fresh", address.with_database(postgres.superuser_url, name)))
    yield opened
    opened.close()
    drop(postgres, name)


@pytest.fixture(scope="session")
def unwritten(postgres: embedded.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """One fresh clone for all tests that change nothing: roll back what you begin."""
    _clone(postgres, "unwritten")
    opened = _open(_settings(tmp_path_factory.mktemp("unwritten"), address.with_database(postgres.superuser_url, "unwritten")))
    yield opened
    opened.close()


@pytest.fixture
def demo_databases(postgres: embedded.Server, settings: Settings) -> Iterator[Databases]:
    """The simulated market's database of `settings` by all logins, empty too."""
    _clone(postgres, address.database_name(settings, demo=True))
    opened = _open(settings, demo=True)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def kept_databases(postgres: embedded.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """A clone that the tests of one module share and write to, for servers that are too slow to start for each."""
    name = f"test_{next(_NUMBERS)}"
    _clone(postgres, name)
    opened = _open(_settings(tmp_path_factory.mktemp("home"), address.with_database(postgres.superuser_url, name)))
    yield opened
    opened.close()
    drop(postgres, name)

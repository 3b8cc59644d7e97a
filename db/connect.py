"""From settings to an open database."""

from collections.abc import Iterator
from contextlib import contextmanager

from core.settings import Settings
from db import embedded, migrate, roles
from db.address import is_embedded, login_url
from db.database import Database


def connect(settings: Settings, login: str, demo: bool = False, most: int = 4) -> Database:
    """A pool of one login. Starts nothing and asks nothing yet; the first question connects."""
    return Database(login_url(settings, login, demo), most, demo)


@contextmanager
def open_databases(settings: Settings, upgrade: bool = False) -> Iterator[None]:
    """Inside, the server runs, and both databases stand with logins and schema. The last user's end stops an embedded server.

    An embedded database is brought up to date here; one given by DATABASE_URL only with `upgrade` (`oiflow db migrate`),
    because others may be using it with the version before: without, SchemaOutdated says so.
    """
    server = embedded.start(settings.oiflow_home) if is_embedded(settings) else None
    try:
        roles.ensure(server.superuser_url if server else settings.database_url.get_secret_value(), settings)
        for demo in (False, True):
            migrate.migrate(settings, demo, only_fresh=server is None and not upgrade)
        yield
    finally:
        if server is not None:
            server.close()

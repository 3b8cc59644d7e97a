"""Addresses: which server, which database, which login. Nothing here starts or asks anything."""

from urllib.parse import quote, unquote, urlsplit, urlunsplit

from psycopg2.extensions import parse_dsn

from core.settings import Settings
from db import embedded, logins

_EMBEDDED_NAME = "oiflow"
# libpq's variables are PG and the parameter's name in one word, but for these
_VARIABLES = {"dbname": "PGDATABASE", "application_name": "PGAPPNAME", "connect_timeout": "PGCONNECT_TIMEOUT"}


def is_embedded(settings: Settings) -> bool:
    """Whether the product runs its own PostgreSQL."""
    return not settings.database_url.get_secret_value()


def database_name(settings: Settings, demo: bool) -> str:
    """Name of the real or the simulated market's database."""
    path = urlsplit(settings.database_url.get_secret_value()).path
    return (unquote(path.lstrip("/")) or _EMBEDDED_NAME) + ("_demo" if demo else "")


def server_url(settings: Settings, demo: bool = False) -> str:
    """Address with the managing role: of the embedded server as last started, or DATABASE_URL."""
    url = (
        embedded.address(settings.oiflow_home).superuser_url
        if is_embedded(settings)
        else settings.database_url.get_secret_value()
    )
    return with_database(url, database_name(settings, demo))


def login_url(settings: Settings, login: str, demo: bool = False) -> str:
    """Address of a database for one login."""
    return with_login(server_url(settings, demo), login, logins.passwords(settings)[login])


def with_database(url: str, name: str) -> str:
    """The same address with another database."""
    return urlunsplit(urlsplit(url)._replace(path="/" + quote(name, safe="")))


def with_login(url: str, login: str, password: str) -> str:
    """The same address with another login."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{login}:{quote(password, safe='')}@{parts.netloc.rpartition('@')[2]}"))


def without_password(url: str) -> str:
    """The same address without the password, for lists of processes and messages."""
    parts = urlsplit(url)
    login, at, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{login.partition(':')[0]}{at}{place}"))


def variables(url: str) -> dict[str, str]:
    """The same address as the environment variables of libpq: no list of processes shows them, as it does an address."""
    return {_VARIABLES.get(name, f"PG{name.replace('_', '').upper()}"): value for name, value in parse_dsn(url).items()}

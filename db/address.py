"""Addresses: which server, which database, which login. Nothing here starts or asks anything."""

from core.settings import Settings
from db import embedded, roles


def is_embedded(settings: Settings) -> bool:
    """Whether the product runs its own PostgreSQL."""
    return not settings.database_url.get_secret_value()


def server_url(settings: Settings, demo: bool = False) -> str:
    """Address with the managing role: of the embedded server as last started, or DATABASE_URL."""
    url = (
        embedded.address(settings.oiflow_home).superuser_url
        if is_embedded(settings)
        else settings.database_url.get_secret_value()
    )
    return roles.with_database(url, roles.database_name(settings, demo))


def login_url(settings: Settings, login: str, demo: bool = False) -> str:
    """Address of a database for one login."""
    return roles.with_login(server_url(settings, demo), login, roles.logins(settings)[login])

"""Settings and database pools of the web process: made once, shared by every visitor, chosen by login."""

from functools import cache, lru_cache

from core import access, log
from core import settings as core_settings
from core.clock import system_clock
from core.settings import Settings
from db.connect import connect
from db.database import Database
from usecases.reader import Reader
from usecases.sign_in import Account

_MOST = {"auth": 8, "app_free": 6, "app_premium": 8, "app_admin": 4}
_LOGINS = {access.Tier.FREE: "app_free", access.Tier.PREMIUM: "app_premium", access.Tier.ADMIN: "app_admin"}


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings, read once at start."""
    loaded = core_settings.load()
    log.configure(loaded.log_level, "web", loaded.secrets)
    return loaded


@cache
def database(login: str) -> Database:
    """The pool of one login in the database that is shown, the simulated market's or the real one: no page reaches the other."""
    return connect(settings(), login, settings().oiflow_demo, _MOST[login])


@cache
def _reader(tier: access.Tier) -> Reader:
    return Reader(database(_LOGINS[tier]), tier, system_clock)


def reader(account: Account) -> Reader:
    """What an account reads through: the PostgreSQL login of its tier. KeyError for a stranger, who reads nothing."""
    return _reader(account.tier)


def clear() -> None:
    """Forget settings and pools; for tests."""
    settings.cache_clear()
    database.cache_clear()
    _reader.cache_clear()

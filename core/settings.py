"""Settings, read once at the entry point and passed on. The only reader of the environment."""

import ipaddress
import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict

from core.errors import SettingsError

LOGINS = ("owner", "ingest", "worker", "app_free", "app_premium", "app_admin", "auth", "backup")
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_PORTS = {"http": 80, "https": 443}
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_PLACEHOLDERS = {"changeme", "change-me", "secret", "password", "postgres", "admin", "oiflow"}


def _guessable(password: str) -> bool:
    """Whether a login's password is short, a repeated piece, or hardly more than placeholder words."""
    rest = password.lower()
    for word in _PLACEHOLDERS:
        rest = rest.replace(word, "")
    return len(password) < 16 or len(set(rest)) < 6 or re.fullmatch(r"(.+?)\1+", password) is not None


def _normalised(url: str) -> str:
    """`scheme://host[:port]` in lower case, without the scheme's own port; ValueError for anything more or less.

    The address goes into links, cookies' names and the test of where a request comes from: no doubt about it is let in.
    """
    if not url.isascii() or not url.isprintable() or any(mark in url for mark in " \\?#@%"):
        raise ValueError(url)
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    if parts.scheme not in _PORTS or parts.path not in ("", "/") or port == 0 or not _is_host(host):
        raise ValueError(url)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, _PORTS[parts.scheme]) else "")


def _is_host(host: str) -> bool:
    """A name of the domain name system, or an address. What ends in a number can only be an address."""
    if ":" in host or host.rpartition(".")[2].isdigit():
        ipaddress.ip_address(host)
        return True
    return len(host) <= 253 and all(_LABEL.fullmatch(label) for label in host.split("."))


class Settings(BaseSettings):
    """Every setting with its default; `.env.example` lists the same names."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    oiflow_home: Path = Field(Path("var"), description="Folder of all state: database, raw files, inbox, logs")
    database_url: SecretStr = Field(SecretStr(""), description="PostgreSQL 15 or newer; empty: the embedded one")
    web_port: int = Field(8501, ge=1, le=65535, description="Port of the pages")
    api_port: int = Field(8000, ge=1, le=65535, description="Port of the REST API")
    collector_port: int = Field(0, ge=0, le=65535, description="Loopback port of the collector's health; 0: any free one")
    worker_port: int = Field(0, ge=0, le=65535, description="Loopback port of the worker's health; 0: any free one")
    oiflow_demo: bool = Field(True, description="What `make run` shows: 1 the simulated market, 0 the real one")
    public_url: str = Field("", description="Address visitors type, no path; https switches on secure cookies")
    bind_address: str = Field("127.0.0.1", description="Address the servers listen on; others need an https PUBLIC_URL")
    sources: str = Field("", description="Scheduled sources, separated by commas, the preferred one first")
    source_urls: str = Field("", description="Other addresses of sources, as of a proxy: name=address, separated by commas")
    symbols: str = Field("", description="Names to collect, separated by commas; empty: the 44 usual ones")
    source_barchart_rights: Literal["", "confirmed"] = Field("", description="'confirmed': you may use your Barchart downloads")
    barchart_user: SecretStr = Field(SecretStr(""), description="User of your Barchart account, for its four downloads")
    barchart_password: SecretStr = Field(SecretStr(""), description="Password of that account")
    barchart_url: str = Field("https://www.barchart.com", description="Site that these downloads come from")
    selenium_url: SecretStr = Field(SecretStr(""), description="Selenium Grid with a Chromium; empty: the one of this machine")
    source_schwab_rights: Literal["", "confirmed"] = Field("", description="'confirmed': you may use your Schwab market data")
    schwab_app_key: SecretStr = Field(SecretStr(""), description="App key of your application at developer.schwab.com")
    schwab_app_secret: SecretStr = Field(SecretStr(""), description="Secret of that application")
    schwab_token_file: str = Field("", description="File that `schwab-generate-token.py` wrote; it is renewed in place")
    source_massive_rights: Literal["", "confirmed"] = Field("", description="'confirmed': you may use your Massive market data")
    massive_api_key: SecretStr = Field(SecretStr(""), description="API key of your Massive subscription")
    futures_min_volume_usd: float = Field(
        10_000_000.0, ge=0, description="Futures traded for less in 24 hours are not followed, in dollars"
    )
    futures_minutes_days: int = Field(0, ge=0, description="Days that keep every figure of futures, later one an hour; 0: all")
    scan_chains_days: int = Field(30, ge=0, description="Days that keep every scan's contracts, later each day's last; 0: all")
    signup: Literal["invite", "open"] = Field("invite", description="invite: by link only; open: free accounts for everybody")
    raw_budget_gb: float = Field(20.0, gt=0, description="Size of OIFLOW_HOME/raw from which a warning is shown")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level that is logged")
    recheck_seconds: float = Field(30.0, gt=0, le=60, description="How often an idle page checks that its account may stay")
    owner_password: SecretStr = Field(SecretStr(""), description="Login owner; empty: made and kept in OIFLOW_HOME")
    ingest_password: SecretStr = Field(SecretStr(""), description="Login ingest")
    worker_password: SecretStr = Field(SecretStr(""), description="Login worker")
    app_free_password: SecretStr = Field(SecretStr(""), description="Login app_free")
    app_premium_password: SecretStr = Field(SecretStr(""), description="Login app_premium")
    app_admin_password: SecretStr = Field(SecretStr(""), description="Login app_admin")
    auth_password: SecretStr = Field(SecretStr(""), description="Login auth")
    backup_password: SecretStr = Field(SecretStr(""), description="Login backup")

    @field_validator("oiflow_home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @field_validator("barchart_url")
    @classmethod
    def _fit_for_a_password(cls, url: str) -> str:
        try:
            url = _normalised(url)
        except ValueError:
            raise ValueError("has to be https:// and a host, with nothing behind it") from None
        if not url.startswith("https://") and urlsplit(url).hostname not in LOOPBACK:
            raise ValueError("has to be https://, because a password goes there")
        return url

    @field_validator("selenium_url")
    @classmethod
    def _grid(cls, url: SecretStr) -> SecretStr:
        if url.get_secret_value() and not url.get_secret_value().startswith(("http://", "https://")):
            raise ValueError("has to start with http:// or https://")
        return url

    @model_validator(mode="after")
    def _safe(self) -> "Settings":
        faults = []
        given = {name: getattr(self, f"{name}_password").get_secret_value() for name in LOGINS}
        given = {name: value for name, value in given.items() if value}
        for name, value in given.items():
            if _guessable(value):
                faults.append(f"{name.upper()}_PASSWORD is short or a placeholder: use 16 random characters or more")
        if len(set(given.values())) < len(given):
            faults.append("Two logins share one password: give each its own")
        if self.database_url.get_secret_value() and not self.database_url.get_secret_value().startswith(
            ("postgresql://", "postgres://")
        ):
            faults.append("DATABASE_URL has to start with postgresql://")
        try:
            self.public_url = _normalised(self.public_url) if self.public_url else ""
        except ValueError:
            faults.append("PUBLIC_URL has to be http:// or https:// and a host, with a port or none and nothing behind it")
        if self.web_port == self.api_port:
            faults.append("WEB_PORT and API_PORT are equal")
        if not self.https and self.bind_address not in LOOPBACK:
            faults.append("BIND_ADDRESS other than loopback needs a PUBLIC_URL with https")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values of all settings that nobody may read."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return tuple(found for value in values if isinstance(value, SecretStr) and (found := value.get_secret_value()))

    @classmethod
    def secrets_in(cls, file: Path) -> list[str]:
        """Names of the settings with a value in a file like `.env` that nobody may read."""
        given = {name for name, value in DotEnvSettingsSource(cls, env_file=file).env_vars.items() if value}
        return [name.upper() for name, about in cls.model_fields.items() if about.annotation is SecretStr and name in given]

    def source_url(self, source: str) -> str:
        """Another address of a source; '' for its own."""
        pairs = (pair.partition("=") for pair in self.source_urls.split(",") if pair.strip())
        return {name.strip(): address.strip().rstrip("/") for name, _, address in pairs}.get(source, "")

    @property
    def https(self) -> bool:
        """Whether visitors reach the pages by https (TLS at a proxy counts)."""
        return self.public_url.startswith("https://")

    @property
    def loopback_only(self) -> bool:
        """Whether visitors sit at this machine: no proxy stands before the pages, and nobody else reaches the port."""
        return not self.https and self.bind_address in LOOPBACK

    @property
    def pages_url(self) -> str:
        """Where visitors reach the pages, without a slash at the end."""
        return self.public_url or f"http://127.0.0.1:{self.web_port}"

    @property
    def cookie_name(self) -> str:
        """Name of the sign-in cookie: `__Host-` only where the browser would accept it."""
        return "__Host-oiflow" if self.https else "oiflow"


def load(**overrides: object) -> Settings:
    """Read the environment and `.env`; all faults in one SettingsError."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError("Settings cannot be used: " + "; ".join(_words(_all_faults(error, overrides)))) from None


def _all_faults(first: ValidationError, overrides: dict[str, object]) -> list[Any]:
    """Faults of single settings, and those between settings, which pydantic looks for only where no single one is at fault."""
    single = {str(fault["loc"][0]) for fault in first.errors() if fault["loc"]}
    usual = {name: Settings.model_fields[name].default for name in single if name in Settings.model_fields}
    if usual:
        try:
            Settings(**(overrides | usual))  # type: ignore[arg-type]
        except ValidationError as second:
            return [*first.errors(), *second.errors()]
    return list(first.errors())


def _words(faults: list[Any]) -> list[str]:
    return [f"{'.'.join(str(part) for part in fault['loc']).upper() or 'settings'}: {fault['msg']}" for fault in faults]

"""Addresses of providers: moved to a stand-in or proxy, and shown without secrets."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx

from ingest.providers.masking import HIDDEN, masked

_SECRET_NAME = re.compile(r"key|token|secret|passw|sign|auth|crumb|session|cookie|code", re.I)


def with_params(url: str, params: Mapping[str, Any] | None) -> str:
    """The address with more of a query behind it."""
    return str(httpx.URL(url).copy_merge_params(params)) if params else url


def moved(url: str, base: str) -> str:
    """The same path and query under another base address; an empty base leaves it."""
    if not base:
        return url
    to, parts = urlsplit(base), urlsplit(url)
    return urlunsplit((to.scheme, to.netloc, to.path.rstrip("/") + parts.path, parts.query, ""))


def may_follow(before: str, after: str, others: Iterable[str]) -> bool:
    """Whether a redirect stays with the provider: the same host or one of `others` (`.name`: all below), never back to http."""
    old, new = httpx.URL(before), httpx.URL(after)
    if new.scheme not in ("http", "https") or (old.scheme == "https" and new.scheme == "http"):
        return False
    if new.host == old.host:
        return new.port == old.port or new.scheme != old.scheme
    return any(new.host == other or (other.startswith(".") and new.host.endswith(other)) for other in others)


def fit_for(url: str, before: str, headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that may go on to where a redirect leads: to another host, none that holds a secret."""
    same = httpx.URL(url).host == httpx.URL(before).host
    return {name: value for name, value in headers.items() if same or not _SECRET_NAME.search(name)}


def place(url: str, secrets: Iterable[str] = ()) -> str:
    """Host and path, for messages and logs: no query, no login, no secret, at most 150 characters."""
    parts = urlsplit(url)
    return masked("".join(mark for mark in f"{parts.hostname or ''}{parts.path}" if mark.isprintable()), secrets)[:150]


def shown(url: str, secrets: Iterable[str] = ()) -> str:
    """The whole address, with *** for values whose name or self is secret. It tells one stored body from another."""
    parts = urlsplit(url)
    names = (pair.partition("=") for pair in parts.query.split("&") if pair)
    query = "&".join(f"{name}={HIDDEN if _SECRET_NAME.search(name) else value}" for name, _, value in names)
    host = parts.netloc.rpartition("@")[2]
    return masked(urlunsplit((parts.scheme, host, parts.path, query, "")), secrets)

"""The file of a sign-in: read, and written anew by its owner alone whenever the access token is renewed."""

import json
import os
from pathlib import Path
from typing import Any

from core import private
from core.errors import ProviderRefused

_HAS = ("access_token", "refresh_token", "expires_at")


class TokenFile:
    """`{"creation_timestamp": seconds, "token": {…}}`, as schwab-py makes it. known: its state when we last read or wrote it."""

    def __init__(self, path: str):
        self._path = Path(path).expanduser()
        self.known: object = None

    def state(self) -> tuple[int, int] | None:
        """What changes when somebody writes the file; None where there is none."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    def read(self) -> dict[str, Any]:
        """The token. ProviderRefused, without a word of what the file holds, where it cannot be used."""
        state = self.state()
        try:
            told = json.loads(self._path.read_bytes())
            usable = isinstance(told["creation_timestamp"], int | float) and all(told["token"][name] for name in _HAS)
        except (OSError, ValueError, KeyError, TypeError):
            usable = False
        if not usable:
            words = (
                "SCHWAB_TOKEN_FILE is not there or holds no sign-in: type `schwab-generate-token.py --token_file …` and sign in"
            )
            raise ProviderRefused("schwab", words)
        self.known = state
        found: dict[str, Any] = told
        return found

    def write(self, token: dict[str, Any], *_given: Any, **_more: Any) -> None:
        """Put a renewed token in the file's place at once, whole or not at all, readable by its owner alone."""
        beside = self._path.with_name(f".{self._path.name}.new")
        beside.unlink(missing_ok=True)
        with open(beside, "x", opener=private.opener) as file:
            json.dump(token, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, self._path)
        self.known = self.state()

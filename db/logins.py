"""The passwords of the product's logins: given by the settings, or made once and kept in the home."""

import json
import os
import secrets

from core import private
from core.settings import LOGINS, Settings


def passwords(settings: Settings) -> dict[str, str]:
    """Password of each login: from the settings, else random and kept in OIFLOW_HOME/logins.json (0600)."""
    given = {name: getattr(settings, f"{name}_password").get_secret_value() for name in LOGINS}
    if all(given.values()):
        return given
    return {name: given[name] or kept for name, kept in _kept(settings).items()}


def _kept(settings: Settings) -> dict[str, str]:
    """The passwords that were made once; of two processes that make them at the same time one wins for both."""
    path = settings.oiflow_home / "logins.json"
    if not path.exists():
        private.folder(settings.oiflow_home)
        half = path.with_name(f"logins.{secrets.token_hex(4)}.half")
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({name: secrets.token_urlsafe(24) for name in LOGINS}, file)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(half, path)
        except FileExistsError:
            pass  # the other process was first: its passwords count
        finally:
            half.unlink()
    return {name: json.loads(path.read_text())[name] for name in LOGINS}

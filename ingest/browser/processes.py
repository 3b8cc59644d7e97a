"""The processes of one browser, found by process id and session, never by name, and ended whatever became of their parents.

The driver is started as leader of a session of its own. Its children belong to that session also after they have lost their
parents, so that nothing of a browser is forgotten when its driver was killed.
"""

import os
from collections.abc import Iterable
from contextlib import suppress

import psutil

_ROUNDS = 5
_PATIENCE = 5.0  # seconds for a killed process to disappear


def known(pids: Iterable[int]) -> list[psutil.Process]:
    """The living ones of these process ids."""
    found = []
    for pid in pids:
        with suppress(psutil.Error):
            found.append(psutil.Process(pid))
    return found


def session_of(pid: int) -> int | None:
    """Id of the session that a process belongs to."""
    try:
        return os.getsid(pid)
    except OSError:
        return None


def family(leader: int, roots: Iterable[psutil.Process]) -> list[psutil.Process]:
    """All processes of the leader's session, the roots, and whatever they started; the leader itself is left out."""
    if leader in (0, os.getsid(0)):
        raise ValueError("That session is our own.")
    found = {process.pid: process for process in known(pid for pid in psutil.pids() if session_of(pid) == leader)}
    for root in roots:
        with suppress(psutil.Error):
            found |= {process.pid: process for process in (root, *root.children(recursive=True)) if process.is_running()}
    found.pop(leader, None)
    return [process for process in found.values() if alive(process)]


def end(leader: int, roots: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Kill a browser's processes at once; those that are left, which is none.

    A driver that is our own child stays a zombie until its parent asks for it: so long nobody else is given its id, and the
    session's id can mean no other session.
    """
    roots = list(roots)
    ours = [process for process in family(leader, roots) if process.pid != os.getpid()]
    for process in known([leader]):
        if session_of(leader) == leader:
            _kill(process)
    for _ in range(_ROUNDS):
        for process in ours:
            _kill(process)
        psutil.wait_procs(ours, timeout=_PATIENCE)
        ours = family(leader, ours)
        if not ours:
            break
    return ours


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.Error):
        process.kill()


def alive(process: psutil.Process) -> bool:
    """Whether it still runs; a zombie does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False

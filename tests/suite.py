"""Rules of the whole suite: nothing is skipped, and modules that start servers come first.

`--dist loadfile` keeps the tests of a module in one process. Marks of pytest-xdist cannot: from pytest 9.2 on it passes over them
without a word (pytest-xdist issue 1386).
"""

import pytest

COSTLY = {"browser", "integration", "walls"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long modules first, so that no process is left with one when the others have nothing more to do."""
    items.sort(key=lambda item: not COSTLY & set(item.path.parts))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Turn a run with skipped or expected failures into a failed one."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and exitstatus == 0 and _not_run(reporter.stats):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """State the counts in one line that is always there."""
    stats = terminalreporter.stats
    counts = {name: len(stats.get(name, ())) for name in ("passed", "failed", "error", "skipped")}
    terminalreporter.write_line(", ".join(f"{count} {name}" for name, count in counts.items()) + " (skipped has to be 0)")


def _not_run(stats: dict[str, list[object]]) -> bool:
    return any(stats.get(name) for name in ("skipped", "xfailed", "xpassed"))

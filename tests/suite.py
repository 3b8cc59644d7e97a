"""Rules of the whole suite: nothing is skipped, and tests that share a costly server run one after the other."""

import pytest

COSTLY = {"browser", "integration"}


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep the tests of a module with servers of its own in one process."""
    if COSTLY & set(item.path.parts) and item.get_closest_marker("xdist_group") is None:
        item.add_marker(pytest.mark.xdist_group(item.path.stem))


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

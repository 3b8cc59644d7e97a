"""When the collector does what: one table, and the scheduler that runs it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler


@dataclass(frozen=True)
class Job:
    """A job of the collector. Jobs of one lane run one after the other, never twice at once."""

    name: str
    every: float  # seconds
    lane: str = "work"


JOBS = (
    Job("beat", every=5, lane="beat"),
    Job("lead", every=2),
    Job("requests", every=1),
    Job("inbox", every=2),
    Job("demo", every=3600),
    Job("prune", every=3600, lane="prune"),
    Job("collect", every=15, lane="collect"),
    Job("futures", every=15, lane="futures"),
    Job("reference", every=60, lane="reference"),
)


def scheduler(actions: dict[str, Callable[[], None]]) -> BackgroundScheduler:
    """A scheduler with every job of the table; a late run is made up for once, never dropped (R12)."""
    lanes = {lane: {"type": "threadpool", "max_workers": 1} for lane in {job.lane for job in JOBS}}
    made = BackgroundScheduler(timezone=UTC, executors=lanes | {"default": {"type": "threadpool", "max_workers": 1}})
    for job in JOBS:
        made.add_job(
            actions[job.name], "interval", seconds=job.every, id=job.name, executor=job.lane,
            max_instances=1, coalesce=True, misfire_grace_time=None, next_run_time=datetime.now(UTC),
        )  # fmt: skip
    return made

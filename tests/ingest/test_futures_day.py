"""A sample of the campaigns of futures: a twentieth of a day, a hundredth of the mutated answers."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.campaign import futures_answers, futures_day


def test_a_twentieth_of_a_day_meets_every_bar():
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:  # a process of its own: its memory counts
        rows = pool.submit(futures_day.run, full=False).result()
    assert [row for row in rows if not row["met"]] == []


def test_a_hundredth_of_the_mutated_answers_crashes_nothing():
    assert [row for row in futures_answers.run(full=False) if not row["met"]] == []

"""A sample of the campaigns of futures: a twentieth of a day, a hundredth of the mutated answers."""

import json
import subprocess
import sys

from tests.campaign import futures_answers

ALONE = "import json; from tests.campaign import futures_day; print(json.dumps(futures_day.run(full=False)))"


def test_a_twentieth_of_a_day_meets_every_bar():
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True)  # alone: its memory counts
    assert [row for row in json.loads(done.stdout.splitlines()[-1]) if not row["met"]] == []


def test_a_hundredth_of_the_mutated_answers_crashes_nothing():
    assert [row for row in futures_answers.run(full=False) if not row["met"]] == []

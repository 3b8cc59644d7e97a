"""What may happen to a table separated by tabs: the same as to a CSV."""

import random
from collections.abc import Callable

from tests.ingest.sources import csv_mutations

Change = Callable[[random.Random, bytes], bytes]


def _of_tabs(change: Change) -> Change:
    return lambda rng, body: change(rng, body.replace(b"\t", b",")).replace(b",", b"\t")


MUTATORS = {name: _of_tabs(change) for name, change in csv_mutations.MUTATORS.items()}

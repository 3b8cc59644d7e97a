"""Made-up payloads of each chain source, in the exact shape of the real ones, and a second, slow reading of each.

A source joins the campaigns by a module here, named as its module in `ingest.sources`, with

    KIND = "json" | "csv" | "tsv"
    FIELDS = {"bid": "bid", "open_interest": "openInterest", ...}   our column -> their key or column name
    def make(rng, strikes=5, expirations=3) -> Sample                a sound payload; the same rng gives the same one
    def read(sample) -> Told                                         slow: one row at a time, exact decimals; Unreadable

    def parse(raw) -> Payload                                        how the product reads it; may lack where `load` finds it
    def make_real(rng) -> Sample | None                              part of a real file where there are any; may lack
    UNSEEN = {"volume_as_open_interest"}                             drifts of `SWAPS` that its bytes cannot show; may lack

FIELDS names what drift tests rename, scale and swap: leave out what the source does not have. `market` makes the figures,
`slow` helps slow readings; neither shares code with the product.
"""

import pkgutil
from importlib import import_module
from types import ModuleType

SAMPLES: dict[str, ModuleType] = {
    found.name: module
    for found in pkgutil.iter_modules(__path__)
    if hasattr(module := import_module(f"{__name__}.{found.name}"), "FIELDS")
}
"""Modules of this package by the source they are of."""

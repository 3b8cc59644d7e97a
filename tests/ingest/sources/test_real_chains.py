"""Real chains, where there are any beside the checkout: each row is read, and as a slow reading of the same bytes reads it."""

import pytest

from core.errors import RefusedPayload
from ingest.sources import Raw, recognise
from tests.ingest.real_files import files_of
from tests.ingest.sources.samples import SAMPLES, market
from tests.ingest.sources.verdicts import LATER, denied, parsed

KINDS = {
    "cboe_delayed_quotes_json": "cboe", "cboe_quotedata_csv": "cboe_csv", "cboe_chain_normalized_csv": "cboe_normalized",
    "yahoo_v7_options_json": "yahoo",
}  # fmt: skip
WITHOUT_OPTIONS = (
    "0P000071W8.TO",
    "expire-2022",
    "ADH",
    "AFRAF",
    "AZT.OL",
    "BTC-USD",
    "EURUSD",
    "OCDO.L",
    "ORSTED.CO",
    "WSKT.JK",
)
FILES = [(path, source) for kind, source in KINDS.items() for path in (files_of(kind) if market.REAL.is_dir() else ())]
EMPTY = [path for path, _ in FILES if any(name in path.name for name in WITHOUT_OPTIONS)]
CHAINS = [(path, source) for path, source in FILES if path not in EMPTY]
SOME = [(path, source) for kind, source in KINDS.items() for path in files_of(kind, 2) if (path, source) in CHAINS]


@pytest.mark.parametrize(("path", "source"), CHAINS, ids=lambda part: getattr(part, "name", part))
def test_a_real_chain_is_recognised_and_read_whole(path, source):
    raw = Raw("", path.name, path.read_bytes(), LATER)
    found = recognise(raw)
    payload = found.parse(raw)
    assert found.__name__ == f"ingest.sources.{source}"
    assert (len(payload.rows), payload.duplicates, len(payload.quarantined)) == (payload.rows_in, 0, 0)


@pytest.mark.parametrize(("path", "source"), SOME, ids=lambda part: getattr(part, "name", part))
def test_a_real_chain_says_what_a_slow_reading_says(path, source):
    sample = market.Sample(path.name, market.content(path))
    assert denied(parsed(SAMPLES[source], sample), SAMPLES[source], sample) == []


@pytest.mark.parametrize("path", EMPTY, ids=lambda path: path.name)
def test_a_name_without_options_is_refused_and_says_so(path):
    raw = Raw("", path.name, path.read_bytes(), LATER)
    with pytest.raises(RefusedPayload, match="Yahoo lists") as refused:
        recognise(raw).parse(raw)
    assert refused.value.reason == "no_rows"

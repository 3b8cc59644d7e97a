"""Real answers of Schwab and samples of Massive beside the checkout: each is read whole, or refused for the right reason."""

from datetime import date

import pytest

from core.errors import RefusedPayload
from ingest.sources import Payload, Raw, recognise
from tests.ingest.real_files import files_of
from tests.ingest.sources.samples import SAMPLES, market
from tests.ingest.sources.verdicts import LATER, denied, parsed

ROWS = {"GME_options": 1286, "HOOD_options": 1390, "MNQ_pricehistory": 855, "v3_snapshot_options_AAPL.": 1}
REFUSED = {"SPX_options": "provider_error", "v3_reference": "reference_only", "v3_snapshot_options_AAPL_O": "single_contract"}
KINDS = {"schwab_json": "schwab", "polygon_json": "massive"}
FILES = [(path, source) for kind, source in KINDS.items() for path in (files_of(kind) if market.REAL.is_dir() else ())]
NAMED = {"ids": lambda part: getattr(part, "name", part)}


def told(table, path):
    return next((said for name, said in table.items() if path.name.startswith(name)), None)


@pytest.mark.parametrize(("path", "source"), [each for each in FILES if told(ROWS, each[0])], **NAMED)
def test_each_row_of_a_real_answer_is_read(path, source):
    raw = Raw("", path.name, path.read_bytes(), LATER)
    found = recognise(raw)
    payloads = found.parse(raw)
    payloads = [payloads] if isinstance(payloads, Payload) else payloads
    assert found.__name__ == f"ingest.sources.{source}"
    assert [sum(len(payload.rows) for payload in payloads), sum(payload.rows_in for payload in payloads)] == [
        told(ROWS, path)
    ] * 2


@pytest.mark.parametrize(("path", "source"), [each for each in FILES if told(REFUSED, each[0])], **NAMED)
def test_what_is_no_chain_is_refused_for_its_own_reason(path, source):
    raw = Raw("", path.name, path.read_bytes(), LATER)
    with pytest.raises(RefusedPayload) as error:
        recognise(raw).parse(raw)
    assert error.value.reason == told(REFUSED, path)


@pytest.mark.parametrize(
    ("path", "source"), [each for each in FILES if "_options_data" in each[0].name and told(ROWS, each[0])], **NAMED
)
def test_a_real_chain_says_what_a_slow_reading_says(path, source):
    sample = market.Sample(path.name, market.content(path))
    payload = parsed(SAMPLES[source], sample)
    assert denied(payload, SAMPLES[source], sample) == []
    assert (payload.session_date, payload.quote_session) == (date(2025, 4, 9), date(2025, 4, 10))

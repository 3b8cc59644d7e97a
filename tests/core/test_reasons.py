"""The bits of code and table are the same."""

import re
from pathlib import Path

from core import reasons

SCHEMA = Path(__file__).parents[2] / "db" / "schema.sql"


def test_the_bits_are_those_of_the_table():
    rows = SCHEMA.read_text().split("INSERT INTO reasons")[1].split(";\n")[0]
    table = {code: int(bit) for bit, code in re.findall(r"\((\d+), '(\w+)'", rows)}
    assert table == {reason.name.lower(): reason.value for reason in reasons.Reason}


def test_a_sum_of_bits_tells_its_codes():
    assert reasons.codes(5) == ("no_trade_price", "crossed")
    assert reasons.codes(0) == ()

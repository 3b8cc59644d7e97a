"""Every column is declared once, explained, and checked at the border."""

import pandas as pd
import pytest

from core import vocabulary
from core.errors import InvalidFrame

FRAMES = (vocabulary.CONTRACT, vocabulary.TICKER, vocabulary.STRIKE, vocabulary.BALANCE, vocabulary.TREND)
SHOWN = sorted({name for frame in FRAMES for name in frame})


@pytest.mark.parametrize("name", SHOWN)
def test_every_column_of_every_table_is_explained(name):
    column = vocabulary.COLUMNS[name]
    assert column.title
    assert column.meaning
    assert column.unit
    assert column.help.startswith(f"{column.meaning}. {column.unit}.")
    assert column.help.endswith(".")


def test_help_is_meaning_unit_formula_caveat():
    assert vocabulary.COLUMNS["vol_oi"].help == (
        "Trading compared with the open interest known that morning. Ratio. volume ÷ OI. Volume may not be final."
    )


@pytest.mark.parametrize("name", vocabulary.SETS)
def test_column_sets_hold_columns_of_a_contract(name):
    assert set(vocabulary.SETS[name]) <= set(vocabulary.CONTRACT)
    assert {"symbol", "expiration", "strike", "right"} <= set(vocabulary.SETS[name])


def test_every_column_of_a_contract_is_in_a_set_other_than_all_or_known_by_its_contract():
    reached = {column for name, columns in vocabulary.SETS.items() if name != "All" for column in columns}
    rest = {"contract_id", "asset_class", "deliverable", "spot", "moneyness_label", "confidence", "reasons", "trade_time"}
    assert set(vocabulary.CONTRACT) - reached == rest


@pytest.mark.parametrize("columns", FRAMES)
def test_an_empty_table_keeps_its_columns_and_types(columns):
    kinds = vocabulary.TREND_KINDS if columns is vocabulary.TREND else None
    frame = vocabulary.empty(columns, kinds)
    assert vocabulary.validate(frame, columns, kinds) is frame
    assert list(frame.columns) == list(columns)


def test_unknown_stays_unknown_and_never_becomes_zero():
    frame = pd.DataFrame({"iv": [None], "sentiment": [None], "asset_class": [None], "trade_time": [None], "first_listed": [None]})
    cast = vocabulary.cast(frame, frame.columns)
    assert cast.isna().all(axis=None)
    assert cast.dtypes.astype(str).tolist() == ["float64", "Int64", "str", "datetime64[us, UTC]", "boolean"]


def test_every_fault_of_a_table_is_named():
    frame = pd.DataFrame({"calls": [1.5], "colour": ["red"]})
    with pytest.raises(InvalidFrame, match=r"puts is missing.*colour is not declared.*calls is float64, not int64"):
        vocabulary.validate(frame, ("calls", "puts"))


def test_a_wrong_type_is_refused_by_name():
    with pytest.raises(InvalidFrame, match="strike is not float"):
        vocabulary.cast(pd.DataFrame({"strike": ["a lot"]}), ("strike",))

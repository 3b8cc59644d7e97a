"""Tables to take away, CSV or Parquet: every filtered row, and in the head where it comes from."""

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd

from core import vocabulary
from core.access import may_export
from core.errors import NotAllowed
from usecases.changes import view_changes
from usecases.contract_table import view_table
from usecases.display import view_display
from usecases.filters import NEW_POSITIONS, Filters
from usecases.flow_trend import TrendView
from usecases.freshness import Freshness
from usecases.home import view_home
from usecases.new_positions import view_new_positions
from usecases.reader import Reader

FORMS = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
_STARTS = {"new_positions": NEW_POSITIONS}
_DANGEROUS = re.compile(r"[=+\-@|%\t\r\n\x00]")


@dataclass(frozen=True)
class Exported:
    """What an export holds before it is written: the rows and the lines of its head."""

    rows: pd.DataFrame
    head: dict[str, str]


def asked(feature: str, words: Mapping[str, Any]) -> Filters:
    """The filters of a page's address, on top of what that page starts with: an export has the rows of its page."""
    return Filters.from_query(words, _STARTS.get(feature))


def export(reader: Reader, feature: str, filters: Filters, form: str) -> bytes:
    """Every row that the page shows under these filters. form: 'csv' or 'parquet'. NotAllowed where the tier has no exports."""
    if feature not in _VIEWS or form not in FORMS:
        raise NotAllowed("There is no such export.")
    _check(reader, feature)
    if feature == "home":  # Today has no other filters
        filters = Filters(session=filters.session, as_of=filters.as_of)
    rows, fresh = _VIEWS[feature](reader, filters)
    lines = head(fresh, filters.address(feature, _STARTS.get(feature)), len(rows), filters.as_of)
    return written(Exported(rows, lines if feature == "home" else lines | _days_in_force(filters)), form)


def export_display(reader: Reader, filters: Filters, count: int, form: str) -> bytes:
    """The strikes of the `count` largest tickers, as the page draws them, each with its ticker."""
    _check(reader, "display")
    view = view_display(reader, filters, count)
    panels = [panel.strikes.assign(symbol=panel.symbol) for panel in view.panels]
    rows = pd.concat(panels, ignore_index=True) if panels else vocabulary.empty(vocabulary.STRIKE).assign(symbol="")
    lines = head(view.freshness, filters.address("display", count=str(count)), len(rows), filters.as_of)
    return written(Exported(rows[["symbol", *vocabulary.STRIKE]], lines | _days_in_force(filters)), form)


def _days_in_force(filters: Filters) -> dict[str, str]:
    """The days filter, which narrows even where the address does not name it."""
    usual = " (default)" if filters.dte == Filters().dte else ""
    return {"Days to expiration": f"{filters.dte[0]} to {filters.dte[1]}{usual}"}


def export_trend(reader: Reader, view: TrendView, address: str, form: str, as_of: datetime | None = None) -> bytes:
    """The sessions of a flow trend. address: of the page, without host."""
    _check(reader, "flow_trend")
    lines = {"Series": view.label, **head(view.freshness, address, len(view.sessions), as_of)}
    return written(Exported(view.sessions, lines), form)


def head(fresh: Freshness | None, address: str, rows: int, as_of: datetime | None) -> dict[str, str]:
    """Lines of the head: sessions, source, moment and filters, one line each."""
    moment = as_of.astimezone(UTC).isoformat() if as_of else "latest"
    lines = {"Product": "OI Flow", "Filters": address, "Rows": str(rows), "As of": moment}
    if fresh is not None:
        lines |= {
            "Source": fresh.source_label,
            "OI counted at the close of": fresh.session_date.isoformat(),
            "Quotes and volume of": fresh.quote_session.isoformat(),
            "Shown at": fresh.known_at.astimezone(UTC).isoformat(),
            "Coverage": "full" if fresh.coverage == "full" else "top list: absent is not zero",
            "Volume final": "yes" if fresh.volume_final else "no",
            "Flags": "; ".join(f"{flag}: {words}" for flag, words in fresh.flag_details.items()) or "none",
            "Data version": str(fresh.data_version),
        }
        if fresh.simulated:
            lines["Simulated market"] = "every figure is made up"
    return {**lines, "Note": vocabulary.NOTE}


def written(exported: Exported, form: str) -> bytes:
    """The bytes of the file."""
    return _csv(exported) if form == "csv" else _parquet(exported)


def safe(text: str) -> str:
    """A text cell that no spreadsheet takes for a formula: what could start one gets an apostrophe in front."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def _check(reader: Reader, feature: str) -> None:
    if not may_export(reader.tier, feature):
        raise NotAllowed("Exports are part of Premium.")


def _csv(exported: Exported) -> bytes:
    stream = io.StringIO(newline="")
    for name, words in exported.head.items():
        stream.write(f"# {_one_line(name)}: {_one_line(words)}\r\n")
    table = csv.writer(stream)
    table.writerow(exported.rows.columns)
    table.writerows(zip(*(_cells(exported.rows[name]) for name in exported.rows.columns), strict=True))
    return stream.getvalue().encode()


def _one_line(words: str) -> str:
    """Without separators, so that a line of the head stays one cell."""
    return re.sub(r'[\s,"]+', " ", words).strip()


def _cells(column: pd.Series) -> list[Any]:
    """Cells of a column: numbers stay numbers, text is made safe, unknown is empty, dates and instants are ISO."""
    return [_cell(value) for value in column.tolist()]


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return safe(";".join(value))
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # NaN differs from itself
        return ""
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else value


def _parquet(exported: Exported) -> bytes:
    import pyarrow as pa  # heavy, and not part of the shared libraries
    import pyarrow.parquet as pq

    rows = exported.rows
    table = pa.table({name: pa.array(rows[name], type=_arrow(pa, name), from_pandas=True) for name in rows.columns})
    table = table.replace_schema_metadata({f"oiflow.{name}": words for name, words in exported.head.items()})
    stream = io.BytesIO()
    pq.write_table(table, stream, compression="zstd")
    return stream.getvalue()


def _arrow(pa: Any, name: str) -> Any:
    """Arrow type of a column whose pandas type is object; None lets arrow read it from pandas."""
    declared = vocabulary.COLUMNS[name].kind if name in vocabulary.COLUMNS else ""
    return {"date": pa.date32(), "list": pa.list_(pa.string()), "text": pa.string()}.get(declared)


def _home(reader: Reader, filters: Filters) -> tuple[pd.DataFrame, Freshness | None]:
    view = view_home(reader, filters.session, filters.as_of)
    return view.largest, view.freshness


def _changes(reader: Reader, filters: Filters) -> tuple[pd.DataFrame, Freshness | None]:
    view = view_changes(reader, filters)
    return view.contracts, view.freshness


def _new_positions(reader: Reader, filters: Filters) -> tuple[pd.DataFrame, Freshness | None]:
    view = view_new_positions(reader, filters)
    return view.contracts, view.freshness


def _table(reader: Reader, filters: Filters) -> tuple[pd.DataFrame, Freshness | None]:
    view = view_table(reader, filters)
    return view.contracts, view.freshness


_VIEWS: dict[str, Callable[[Reader, Filters], tuple[pd.DataFrame, Freshness | None]]] = {
    "home": _home,
    "changes": _changes,
    "new_positions": _new_positions,
    "table": _table,
}

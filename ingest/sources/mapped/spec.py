"""A mapping: where the figures of a table or of JSON stand, how they are written, what its dates mean. One TOML file each.

mapping = read_mapping("acme", text)        # or BadMapping, which names every fault and what to write instead
"""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, field_validator, model_validator

from core.roots import LOTS
from core.sources import About
from ingest.sources.mapped.cells import check_format, check_pattern, check_zone
from ingest.sources.mapped.words import date_rule

NUMBERS = ("bid", "ask", "last", "mark", "volume", "open_interest", "iv", "delta", "gamma", "theta", "vega", "rho", "multiplier",
           "spot", "forward")  # fmt: skip
TARGETS: dict[str, tuple[str, ...]] = {
    "chains": ("symbol", "root", "occ_symbol", "expiration", "strike", "right", "trade_time", *NUMBERS),
    "prices": ("symbol", "open", "high", "low", "close", "adjusted_close", "volume"),
    "bars": ("symbol", "bar", "open", "high", "low", "close", "vwap", "volume"),
}
"""What the columns of a mapping may be, by what it holds. spot and forward: of the underlying; bar: an instant."""
LEAST_PREFERENCE = 200
"""Built-in sources come first."""
_PLACES = ("column", "level", "document", "path", "value")
_SEGMENT = r"(?:[^.\[\]{}]+|\{[a-z_]+\})(?:\[\])?"
_RECORDS = re.compile(rf"\[\]|{_SEGMENT}(?:\.{_SEGMENT})*")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cell(_Strict):
    """Where a figure stands and how it is written; text alone is a column."""

    column: str = Field("", description="a column of the table, or a key of the JSON record (a.b goes into an object)")
    level: str = Field("", description="the {name} of a level in rows.records")
    document: str = Field("", description="a key at the top of the JSON document")
    path: str = Field("", description="the name of a group of recognise.path")
    value: str | float | None = Field(None, description="the same for every row")
    pattern: str = Field("", description="a regular expression for the whole cell, with one group around the part meant")
    format: str = Field("", description="of a date, as 'MM/DD/YYYY'; of an instant, 'YYYY-MM-DD HH:mm:SS' or 'epoch ms'")
    zone: str = Field("UTC", description="of an instant without one, as 'America/New_York'")
    unit: Literal["plain", "percent"] = Field("plain", description="percent: 24.5 or '24.5%' for 0.245")
    prefix: str = Field("", description="a sign before the number, as '$'")
    thousands: bool = Field(False, description="whether commas part thousands")
    unknown: tuple[str | float, ...] = Field((), description="numbers or words that mean unknown")
    rounded: bool = Field(False, description="whether parts of a count are rounded away")
    upper: bool = Field(False, description="whether small letters are made capitals")

    @property
    def place(self) -> str:
        """Its name among the cells of a payload: 'column:bid'."""
        return next(f"{name}:{found}" for name in _PLACES if (found := getattr(self, name)) not in ("", None))

    @model_validator(mode="after")
    def _one_place(self) -> "Cell":
        named = [name for name in _PLACES if getattr(self, name) not in ("", None)]
        if len(named) != 1:
            raise ValueError(f"names {len(named)} places: write exactly one of {', '.join(_PLACES)}")
        return self

    _pattern = field_validator("pattern")(check_pattern)
    _zone = field_validator("zone")(check_zone)
    _format = field_validator("format")(check_format)


def _from_text(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


Place = Annotated[Cell, BeforeValidator(_from_text)]


class Recognise(_Strict):
    """What shows that a payload is of this kind."""

    columns: tuple[str, ...] = Field((), description="the names in the header of a table")
    keys: tuple[str, ...] = Field((), description="the keys at the top of a JSON document")
    record_keys: tuple[str, ...] = Field((), description="the keys of each JSON record")
    where: dict[str, str] = Field({}, description='column = "text" that rows have to hold; others are kept aside')
    path: str = Field("", description="a regular expression for folder/file name, with (?P<name>...) groups")

    @field_validator("path")
    @classmethod
    def _compiles(cls, path: str) -> str:
        try:
            re.compile(path)
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from None
        return path


class Lists(_Strict):
    """Figures of several dates in one record, each in a list."""

    over: str = Field(description="the key at the top of the document whose list names the dates")
    level: str = Field(description="the name by which cells refer to such a date, as 'label'")
    keys: tuple[str, ...] = Field(description="the keys of the record that hold lists")


class Rows(_Strict):
    """How rows lie in the file."""

    records: str = Field("", description="of JSON: 'data.quotes[]', 'days.{label}.{expiration}.{strike}', or '[]'")
    lists: Lists | None = Field(None, description="over, level, keys")
    separator: Literal[",", ";", "\t", "|"] = Field(",", description="between the cells of a table")
    one_symbol: bool = Field(False, description="whether a file is of one name, so that rows of others are kept aside")
    one_day: bool = Field(False, description="whether a file is of one session, so that rows of others are kept aside")
    unended: bool = Field(False, description="whether files end without a line end; else such a last row counts as cut")
    empty_pairs: Literal["rows", "aside"] = Field("rows", description="aside: a call and put both at 0 were only filled in")

    @field_validator("records")
    @classmethod
    def _is_path(cls, records: str) -> str:
        if records and not _RECORDS.fullmatch(records):
            raise ValueError("has to be keys joined by dots, with {name} for keys that are values and [] behind lists")
        return records

    @property
    def levels(self) -> tuple[str, ...]:
        """The names that cells may use as `level`."""
        return (*re.findall(r"\{([a-z_]+)\}", self.records), *((self.lists.level,) if self.lists else ()))


class Dates(_Strict):
    """What the date of a row means."""

    label: Place | None = Field(None, description="the day by which the source names a row")
    instant: Place | None = Field(
        None, description="in place of a label: when the source showed the row; sessions follow from it"
    )
    open_interest_of: Literal["label", "session before label"] = Field("session before label", description="which session")
    quotes_of: Literal["label", "session before label"] = Field("label", description="which session")
    year_from: Place | None = Field(None, description="for labels without a year: a year, or a date near to them")
    stamp: Place | None = Field(None, description="an instant of the file's own at which it was made")
    known_at: Literal["session", "newest row"] = Field("session", description="newest row: figures depend on all later rows")
    volume_of: Literal["session", "last trade"] = Field("session", description="last trade: of the day of the last trade")
    looks: bool = Field(False, description="whether rows of each instant are a look of their own at the chain")

    @model_validator(mode="after")
    def _one_kind(self) -> "Dates":
        if (self.label is None) == (self.instant is None):
            raise ValueError("has neither label nor instant, or both: write one of them")
        return self


class Sides(_Strict):
    """Figures of the call and of the put that stand side by side in one row."""

    call: dict[str, Place] = Field(description="columns of the call")
    put: dict[str, Place] = Field(description="columns of the put")


class Mapping(_Strict):
    """One kind of payload."""

    name: str = Field(description="the file's name without .toml")
    source: str = Field("", description="the mapping whose slots these rows fill; left out: this one")
    label: str = Field(description="a title for people")
    licence_note: str = Field(description="what you may do with these figures")
    delay: str = Field("unknown", description="how late the figures are, as '15 minutes'")
    preference: int = Field(500, ge=LEAST_PREFERENCE, description=f"{LEAST_PREFERENCE} or more; pages prefer the lowest")
    not_stored: str = Field("", description="why files of this kind are refused although they are known")
    holds: Literal["chains", "prices", "bars"] = Field("chains", description="what a row is")
    market: str = Field("US", description=f"one of {', '.join(LOTS)}")
    coverage: Literal["full", "top_list"] = Field("full", description="whether all contracts are there")
    volume_final: bool = Field(False, description="whether volume is that of the whole session")
    minutes: int = Field(0, ge=0, le=1440, description="length of a bar")
    bar_is: Literal["start", "end"] = Field("end", description="what the instant of a bar is")
    recognise: Recognise = Field(description="a table [recognise] with columns or keys")
    rows: Rows = Field(default_factory=lambda: Rows.model_validate({}), description="a table [rows]")
    dates: Dates | None = Field(None, description="a table [dates] with label or instant")
    columns: dict[str, Place] = Field({}, description="our columns and where each stands")
    sides: Sides | None = Field(None, description="tables [sides.call] and [sides.put]")
    witnesses: dict[str, Place] = Field({}, description="second places of a column: rows in which they differ are kept aside")
    _about: About | None = PrivateAttr(None)

    @field_validator("market")
    @classmethod
    def _known_market(cls, market: str) -> str:
        if market not in LOTS:
            raise ValueError(f"has to be one of {', '.join(LOTS)}")
        return market

    @property
    def fills(self) -> str:
        """The source whose slots its rows fill."""
        return self.source or self.name

    @property
    def is_json(self) -> bool:
        """Whether it reads JSON; else a table."""
        return bool(self.recognise.keys or self.recognise.record_keys)

    @property
    def cells(self) -> list[Cell]:
        """Every cell it names."""
        own = [*self.columns.values(), *self.witnesses.values()]
        own += [*self.sides.call.values(), *self.sides.put.values()] if self.sides else []
        dates = (self.dates.label, self.dates.instant, self.dates.stamp, self.dates.year_from) if self.dates else ()
        return [*own, *(cell for cell in dates if cell is not None)]

    @property
    def told(self) -> frozenset[str]:
        """Our columns that its rows have."""
        return frozenset(self.columns) | (frozenset(self.sides.call) if self.sides else frozenset())

    @property
    def about(self) -> About:
        """What is known about its source."""
        words = date_rule(self)
        own = (self.fills, self.label, self.preference, self.holds, self.coverage, words, self.licence_note, self.delay)
        return self._about or About(*own)

    def telling(self, about: About) -> "Mapping":
        """The same mapping, telling this about its source."""
        copy = self.model_copy()
        copy._about = about
        return copy

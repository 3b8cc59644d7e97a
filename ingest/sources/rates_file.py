"""Curves of interest rates of a file that somebody keeps: rates.toml in OIFLOW_HOME, or the assumption that ships.

    [[curve]]
    describes = 2026-11-18
    known = 2026-11-18T18:00:00-05:00
    convention = "continuous"
    [curve.rates]
    30 = 0.0431

The file counts as a whole: a newer one takes the place of the one before. A file with a fault is refused whole, each fault with
its place, because a curve that lacks a line is another curve.
"""

import math
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError, field_validator

from analytics import rates
from core.errors import RefusedPayload
from ingest.sources import Payload, Raw
from ingest.sources.reading.facts import Fact, Facts, end_of, payloads
from ingest.sources.reading.stamps import LIVE

NAME = "rates.toml"
_SEEN = b"# seen "
SHIPPED = Path(__file__).parent.parent / NAME
LOWEST, HIGHEST, LONGEST = -0.1, 1.0, 36_525
"""Rates per year, and days of a term, beyond which somebody has mistaken the unit."""


class Curve(BaseModel):
    """One curve as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    describes: date
    known: datetime
    convention: Literal["continuous", "simple", "annual", "semiannual", "par"]
    assumed: StrictBool = False
    rates: dict[int, float] = Field(min_length=1)

    @field_validator("describes", mode="before")
    @classmethod
    def _day(cls, told: Any) -> Any:
        if type(told) is not date:
            raise ValueError("has to be a date, as 2026-11-18, without quotes")
        return told

    @field_validator("known", mode="before")
    @classmethod
    def _instant(cls, told: Any) -> Any:
        if type(told) is date:
            return end_of(told)
        if not isinstance(told, datetime) or told.tzinfo is None:
            raise ValueError("has to be a date or an instant with its zone, as 2026-11-18T18:00:00-05:00, without quotes")
        return told.astimezone(UTC)

    @field_validator("rates", mode="before")
    @classmethod
    def _points(cls, told: Any) -> Any:
        wrong = list(_wrong_points(told)) if isinstance(told, dict) else ["has to be a table: term in days = rate per year"]
        if wrong:
            raise ValueError("; ".join(wrong))
        return {int(days): float(rate) for days, rate in told.items()}


def _wrong_points(told: Mapping[str, Any]) -> Iterator[str]:
    for days, rate in told.items():
        if not (days.isascii() and days.isdigit() and 0 < int(days) <= LONGEST):
            yield f"{days[:20]!r} is no term: whole days from 1 to {LONGEST}"
        elif isinstance(rate, bool) or not isinstance(rate, int | float) or not math.isfinite(rate):
            yield f"the rate of {days} days is no number"
        elif not LOWEST < rate < HIGHEST:
            yield f"{rate:g} for {days} days is {rate:.0%} a year: 4 % is written 0.04"


def current(home: Path) -> bytes:
    """The file that counts now: the operator's, else the one that ships. Refused: `unreadable`."""
    own = home / NAME
    try:
        return (own if own.exists() else SHIPPED).read_bytes()
    except OSError as error:
        raise RefusedPayload("unreadable", f"{own} cannot be read: {error.strerror}.") from error


def seen(written: bytes, at: datetime) -> Raw:
    """A version of the file that counts from this look at it on, also where one just like it counted before."""
    return Raw("rates_file", NAME, _SEEN + at.isoformat().encode() + b"\n" + written, at, LIVE)


def written(raw: Raw) -> bytes:
    """The file of a version, without the line that `seen` wrote before it."""
    return raw.body.split(b"\n", 1)[1] if raw.body.startswith(_SEEN) else raw.body


def recognises(content: bytes) -> bool:
    """By its tables."""
    return b"[[curve]]" in content[:65536] and b"[curve.rates]" in content


def parse(raw: Raw) -> list[Payload]:
    """All curves as one payload. Refused: `bad_rates`, `bad_stamp`."""
    told, faults = _told(raw.content), []
    rows: list[Fact] = []
    for place, each in enumerate(told, start=1):
        try:
            rows.append(_fact(Curve.model_validate(each), place, raw.received_at))
        except ValidationError as error:
            faults += [f"curve {place}: {_words(fault)}" for fault in error.errors()]
        except ValueError as error:
            faults.append(f"curve {place}: {error}")
    met = [row["described"] for row in rows]
    faults += [f"two curves describe {day}" for day in sorted(set(met)) if met.count(day) > 1]
    if faults:
        raise RefusedPayload("bad_rates", f"{raw.file_name} cannot be used: {'; '.join(faults)[:1500]}.")
    return payloads(raw, "rates_file", "rates", Facts(rows), lambda _: "curves")


def _told(content: bytes) -> list[Any]:
    try:
        told = tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RefusedPayload("bad_rates", f"This is no TOML: {str(error)[:200]}.") from error
    curves = told.pop("curve", None)
    if told or not isinstance(curves, list) or not curves:
        raise RefusedPayload("bad_rates", "The file has to hold tables [[curve]], each with its [curve.rates], and nothing else.")
    return curves


def _fact(curve: Curve, place: int, received_at: datetime) -> Fact:
    if curve.known > received_at:
        raise ValueError(f"known lies ahead: {curve.known:%Y-%m-%d %H:%M} UTC")
    days = sorted(curve.rates)
    quoted = [curve.rates[each] for each in days]
    zero = rates.continuous(quoted, days, curve.convention)
    if not np.isfinite(zero).all():
        raise ValueError("these rates make no curve: a discount factor would be 0 or less")
    return {"described": curve.describes, "days": days, "rate": zero.tolist(), "quoted": quoted, "convention": curve.convention,
            "assumed": curve.assumed, "known_at": curve.known, "line_number": place}  # fmt: skip


def _words(fault: Any) -> str:
    place = ".".join(str(part) for part in fault["loc"])
    told = {"missing": "is missing", "extra_forbidden": "is not known here"}.get(fault["type"], fault["msg"])
    return f"{place} {told.removeprefix('Value error, ')}"

"""Dates and instants as people write them: 'MM/DD/YYYY', 'D-M', 'YYYY-MM-DD HH:mm:SS', ISO, 'epoch ms'."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ISO_DAY = "YYYY-MM-DD"
EPOCHS = {"epoch s": 1, "epoch ms": 1_000, "epoch ns": 1_000_000_000}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_TOKENS = {
    "YYYY": r"(?P<year>[0-9]{4})", "YY": r"(?P<short>[0-9]{2})", "MMM": rf"(?P<name>(?i:{'|'.join(_MONTHS)}))",
    "MM": r"(?P<month>[0-9]{2})", "DD": r"(?P<day>[0-9]{2})", "HH": r"(?P<hour>[0-9]{2})", "mm": r"(?P<minute>[0-9]{2})",
    "SS": r"(?P<second>[0-9]{2})(?:\.(?P<part>[0-9]{1,9}))?", "M": r"(?P<month>[0-9]{1,2})", "D": r"(?P<day>[0-9]{1,2})",
}  # fmt: skip
_TOKEN = re.compile("|".join(_TOKENS))
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)
_HALF_YEAR = 183


@lru_cache(maxsize=256)
def compiled(written: str) -> re.Pattern[str]:
    """What text of a format looks like; ValueError where the format has no day and month, or one of them twice."""
    parts, end = [], 0
    for token in _TOKEN.finditer(written):
        parts += [re.escape(written[end : token.start()]), _TOKENS[token.group()]]
        end = token.end()
    if re.search("[A-Za-z]", written[end:]) or not written:
        raise ValueError(written)
    try:
        pattern = re.compile("".join([*parts, re.escape(written[end:])]))
    except re.error as error:
        raise ValueError(written) from error
    if not {"day"} <= pattern.groupindex.keys() or not pattern.groupindex.keys() & {"month", "name"}:
        raise ValueError(written)
    return pattern


def has_year(written: str) -> bool:
    """Whether dates in this format say their year."""
    return "YY" in (written or ISO_DAY)


def day(text: str, written: str = ISO_DAY, year: str | None = None) -> date:
    """The day in a text; ValueError for nonsense. year: of a format without one, or a date near to the day meant."""
    found = _match(text, written)
    if "year" in found or "short" in found:
        return _day(found, int(found.get("year") or "20" + found["short"]))
    if year is None:
        raise ValueError(text)
    if re.fullmatch("[0-9]{4}", year):
        return _day(found, int(year))
    return _nearest(found, date.fromisoformat(year[:10]))


def instant(text: str, written: str, zone: str) -> datetime:
    """The instant in a text, UTC; `zone` where the text has none. ValueError for nonsense."""
    if written:
        found = _match(text, written)
        local = datetime.combine(_day(found, int(found.get("year") or "20" + found.get("short", ""))), datetime.min.time())
        clock = {name: int(found.get(name) or 0) for name in ("hour", "minute", "second")}
        return local.replace(**clock, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if not _ISO.fullmatch(text):
        raise ValueError(text)
    read = datetime.fromisoformat(text)
    return (read if read.tzinfo else read.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _match(text: str, written: str) -> dict[str, str]:
    found = compiled(written).fullmatch(text)
    if found is None:
        raise ValueError(text)
    return {name: value for name, value in found.groupdict().items() if value is not None}


def _day(found: dict[str, str], year: int) -> date:
    month = int(found["month"]) if "month" in found else _MONTHS.index(found["name"].upper()) + 1
    return date(year, month, int(found["day"]))


def _nearest(found: dict[str, str], near: date) -> date:
    """The day of that month and day which is nearest to another date."""
    for year in (near.year, near.year - 1, near.year + 1):
        try:
            candidate = _day(found, year)
        except ValueError:  # 29 February
            continue
        if abs(candidate - near) <= timedelta(days=_HALF_YEAR):
            return candidate
    raise ValueError(found)

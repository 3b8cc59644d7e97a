"""Looks at the nearest expirations alone, as a scan of the day takes them: a source of its own, so that no sum counts twice.

The name of what was fetched says that it was such a look, so that reading it again from the archive gives the same.
"""

from dataclasses import replace

from core.sources import SCAN
from ingest.sources import Payload, Raw
from ingest.sources.reading.stamps import LIVE

EXPIRATIONS = 4
"""Of each name, the nearest that are listed."""
_MARK = "near-"


def marked(raw: Raw) -> Raw:
    """What was fetched for a scan."""
    return replace(raw, file_name=f"{_MARK}{raw.file_name}")


def narrowed(raw: Raw, payload: Payload) -> Payload:
    """A scan's payload: the nearest expirations, of the source's scans. Any other as it is.

    Contracts of later expirations belong to no scan: they are not counted as read.
    """
    if raw.folder != LIVE or not raw.file_name.startswith(_MARK) or payload.holds != "chains":
        return payload
    nearest = payload.rows["expiration"].unique().sort().head(EXPIRATIONS)
    rows = payload.rows.filter(payload.rows["expiration"].is_in(nearest.implode()))
    left = len(payload.rows) - len(rows)
    warnings = (*payload.warnings, f"{left:,} contracts of later expirations belong to no scan.") if left else payload.warnings
    return replace(
        payload,
        source=f"{payload.source}{SCAN}",
        coverage="top_list",
        rows=rows,
        rows_in=payload.rows_in - left,
        warnings=warnings,
    )

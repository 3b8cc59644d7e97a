"""Looks at the nearest expirations alone, as a scan of the day takes them: a source of its own, so that no sum counts twice.

The name of what was fetched says that it was such a look, so that reading it again from the archive gives the same. A source that
shows nothing new gives a scan and a look at the whole chain the same bytes: each counts for itself.
"""

from dataclasses import replace

from core.sources import SCAN
from ingest.sources import Payload, Raw
from ingest.sources.reading.stamps import LIVE

EXPIRATIONS = 4
"""Of each name, the nearest that are listed."""
MARK = "near-"
"""What the name of whatever was fetched for a scan begins with."""
Identity = tuple[str, bool]
"""sha256 of bytes, and whether they are a scan's."""


def marked(raw: Raw) -> Raw:
    """What was fetched for a scan."""
    return replace(raw, file_name=f"{MARK}{raw.file_name}")


def is_scan(raw: Raw) -> bool:
    """Whether it was fetched for a scan."""
    return raw.folder == LIVE and raw.file_name.startswith(MARK)


def identity(raw: Raw) -> Identity:
    """What makes a payload the same as another."""
    return raw.sha256, is_scan(raw)


def as_came(kept: Raw, source: str, file_name: str) -> Raw:
    """Bytes of the archive as they came for a load of a source, under its name; their row is of whatever had them first."""
    if source.endswith(SCAN):
        return replace(kept, file_name=file_name, folder=LIVE)
    by_hand = is_scan(kept) and kept.file_name != f"{MARK}{file_name}"
    return replace(kept, file_name=file_name, folder="" if by_hand else kept.folder)


def narrowed(raw: Raw, payload: Payload) -> Payload:
    """A scan's payload: the nearest expirations, of the source's scans. Any other as it is.

    Contracts of later expirations belong to no scan: they are not counted as read.
    """
    if not is_scan(raw) or payload.holds != "chains":
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

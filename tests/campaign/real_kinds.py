"""Every kind of real file beside the checkout through the whole pipeline, all of them in one store, and each a second time."""

from collections import Counter
from typing import Any

from tests.campaign._stores import count_row, database, server
from tests.ingest.real_files import KINDS, Brought, bring_kind, files_of

COVERS = ("kinds",)
COLUMNS = ("kind", "files", "rows in", "published", "duplicates", "sessions", "seconds", "refused", "quarantined")


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json; the table of kinds is printed."""
    with server() as (started, home), database(started, home, "kinds") as store:
        found = [bring_kind(store, home / "kinds", kind, files_of(kind, None if full else 4)) for kind in KINDS]
    print(table(found))
    told = f"of {len(found)} kinds, {sum(one.files for one in found):,} files"
    kept = [one.rows_in - one.published - sum(one.quarantined.values()) - one.duplicates for one in found]
    return [
        count_row("kinds", f"rows unaccounted for, {told}", sum(map(abs, kept))),
        count_row("kinds", f"rows published by a second import, {told}", sum(one.again_published for one in found)),
        count_row("kinds", f"files at which a parser failed, {told}", sum(one.refused["parser_failed"] for one in found)),
        {"bar": "kinds", "what": f"seconds of all first imports, {told}", "figure": sum(one.seconds for one in found),
         "target": "120", "met": sum(one.seconds for one in found) < 120},
    ]  # fmt: skip


def table(found: list[Brought]) -> str:
    """One line a kind."""
    lines = [COLUMNS, *(_line(one) for one in found)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(COLUMNS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def _line(one: Brought) -> tuple[str, ...]:
    numbers = (one.files, one.rows_in, one.published, one.duplicates, one.sessions)
    counted = (f"{number:,}" for number in numbers)
    return (one.kind, *counted, f"{one.seconds:.1f}", _reasons(one.refused), _reasons(one.quarantined))


def _reasons(counted: Counter[str]) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in counted.most_common()) or "-"

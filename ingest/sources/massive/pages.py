"""Pages of an answer put together: all of them, or none."""

from typing import Any
from urllib.parse import urlsplit

from core.errors import RefusedPayload
from ingest.sources.reading.records import entry

_ANSWERS = ("OK", "DELAYED")


def contracts(told: Any) -> tuple[list[Any], bool]:
    """(contracts of all pages in order, whether all expirations were asked for).

    Refused: `missing_page`, `provider_error`, `no_rows`, `reference_only`, `single_contract`, `schema_drift`.
    """
    if isinstance(told, list):
        return _joined(told), True
    if isinstance(told, dict) and "pages" in told:
        pages = entry(told, "pages", list)
        _refuse_gaps(pages, entry(told, "asked", list))
        return _joined(pages), told.get("nearest") is None
    return _joined([told]), True


def next_query(page: Any) -> str | None:
    """The query by which a page's successor is asked for; None for the last page, and for what is no page."""
    address = page.get("next_url") if isinstance(page, dict) else None
    return urlsplit(address).query if isinstance(address, str) else None


def _refuse_gaps(pages: list[Any], asked: list[Any]) -> None:
    """Refuse pages that were not asked for one after the other."""
    follows = [next_query(page) for page in pages]
    if len(pages) != len(asked) or asked[1:] != follows[:-1]:
        raise RefusedPayload("missing_page", "Its pages do not follow each other: one is missing, or they are mixed up.")


def _joined(pages: list[Any]) -> list[Any]:
    """The contracts of pages of which each but the last says that another follows."""
    results = [_results(page) for page in pages]
    joined = [each for some in results for each in some]
    if joined and all(isinstance(each, dict) and "underlying_ticker" in each for each in joined):
        raise RefusedPayload("reference_only", "It lists contracts and says nothing of their open interest or price.")
    if not joined:
        raise RefusedPayload("no_rows", "There is no contract in it.")
    follows = ["next_url" in page for page in pages]
    if follows != [place < len(pages) for place in range(1, len(pages) + 1)]:
        raise RefusedPayload("missing_page", f"Of {len(pages)} pages not just the last says that no other follows.")
    return joined


def _results(page: Any) -> list[Any]:
    _refuse_error(page)
    results = entry(page, "results", (list, dict))
    if isinstance(results, dict):
        raise RefusedPayload("single_contract", "This is the snapshot of one contract, not of a chain.")
    if "next_url" in page and next_query(page) is None:
        raise RefusedPayload("schema_drift", "The source changed its format: next_url is no address.")
    found: list[Any] = results
    return found


def _refuse_error(page: Any) -> None:
    """Refuse an answer that says what went wrong: `{"status": "NOT_AUTHORIZED", "message": …}`."""
    status = page.get("status") if isinstance(page, dict) else None
    if isinstance(status, str) and status not in _ANSWERS:
        words = str(page.get("message") or page.get("error") or "it says no more")
        raise RefusedPayload("provider_error", f"Massive says {status[:50]}: {words[:200]}")

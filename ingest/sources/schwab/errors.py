"""Schwab's answers that are no data: `{"errors": [{"status": "400", "title": …, "detail": …}]}`, or a chain that failed."""

from typing import Any

from core.errors import RefusedPayload


def refuse_error(told: Any) -> None:
    """Refuse an answer that says what went wrong. Refused: `provider_error`."""
    if not isinstance(told, dict):
        return
    errors = told.get("errors")
    if isinstance(errors, list) and errors:
        said = errors[0] if isinstance(errors[0], dict) else {}
        words = ", ".join(str(said[key])[:200] for key in ("status", "title", "detail") if said.get(key))
        raise RefusedPayload("provider_error", f"Schwab did not answer the question: {words or 'it says no more'}.")
    status = told.get("status")
    if isinstance(status, str) and status != "SUCCESS":
        raise RefusedPayload("provider_error", f"Schwab says {status[:50]} of its own answer.")

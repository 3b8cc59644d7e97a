"""Format and redaction of logs: one JSON line an event, `event` first; secrets masked. Called by entry points."""

import logging
import re
import sys
from collections.abc import Iterable

import structlog

_SECRET_KEYS = re.compile(r"(password|secret|token|ticket|cookie|authorization|hash)", re.I)
_SHORTEST = 8  # characters; a shorter secret may be part of a word
_URL_PASSWORD = re.compile(r"(?<=://)([^:/@\s]+):([^@\s]+)@")


def redact(_logger: object, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Mask values whose key names a secret, and passwords inside addresses."""
    for key, value in event.items():
        if _SECRET_KEYS.search(key) and key != "event":
            event[key] = "***"
        elif isinstance(value, str):
            event[key] = _URL_PASSWORD.sub(r"\1:***@", value)
    return event


def concealing(secrets: Iterable[str]) -> structlog.types.Processor:
    """Mask these texts in every value: a traceback has what a library said, and that may hold what it was given."""
    known = [secret for secret in secrets if len(secret) >= _SHORTEST]

    def conceal(_logger: object, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
        for key, value in event.items():
            for secret in known if isinstance(value, str) else ():
                event[key] = event[key].replace(secret, "***")
        return event

    return conceal


def configure(level: str = "INFO", service: str = "oiflow", secrets: Iterable[str] = ()) -> None:
    """Send structlog and the standard library's logs to standard error, one JSON object a line, without these secrets."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
        concealing(secrets),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=structlog.processors.JSONRenderer(), foreign_pre_chain=shared)
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    structlog.contextvars.bind_contextvars(service=service)

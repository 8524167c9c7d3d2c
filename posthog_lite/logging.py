"""The log of the server: JSON lines for machines, or text for people; secrets in neither.

Loaded by the settings, so nothing of Django that needs settings is imported here.
"""

from __future__ import annotations

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured

ACCESS_LOGGER = "posthog_lite.access"
FORMATS = ("json", "text")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

# The id of the request this thread is answering; every line logged meanwhile carries it.
current_request_id: ContextVar[str | None] = ContextVar("current_request_id", default=None)

_KEY = re.compile(r"(ph[xars]_)[0-9A-Za-z]+([0-9A-Za-z]{4})")
_CREDENTIAL = re.compile(
    r"(Bearer\s+|personal_api_key=|sharing_access_token=|password\d?="
    r"|/(?:shared|shared_dashboard|embedded)/+)[^\s&\"',}\\]+",
    re.IGNORECASE,
)
# A member of an object, as JSON writes it or Python, quoted once more or not.
_MEMBER = re.compile(
    r"((\\*[\"'])(?:personal_api_key|\w*password\w*|access_token|shareToken|secure_value)\2\s*:\s*)"
    r"\2(?:(?!\2)(?:\\.|.))*\2",
    re.IGNORECASE,
)
# The row or the value that broke a constraint, which PostgreSQL tells in full.
_ROW = re.compile(
    r"^(DETAIL:\s+(?:Failing row contains|Key )).*?(?=^(?:HINT|CONTEXT|\n?The above|Traceback)|\Z)",
    re.MULTILINE | re.DOTALL,
)
# Each pattern above, but that of keys, needs one of these.
_TELLTALES = (
    "bearer",
    "personal_api_key",
    "password",
    "token",
    "secure_value",
    "/shared",
    "/embedded",
    "detail:",
)


def logging_config(*, form: str, level: str) -> dict[str, Any]:
    """Django's LOGGING: everything goes to standard error in one form, from one level up."""
    if form not in FORMATS:
        raise ImproperlyConfigured(f"LOG_FORMAT is {form!r}; it can be {', '.join(FORMATS)}.")
    if level not in LEVELS:
        raise ImproperlyConfigured(f"LOG_LEVEL is {level!r}; it can be {', '.join(LEVELS)}.")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "posthog_lite.logging.JSONFormatter"},
            "text": {"()": "posthog_lite.logging.TextFormatter"},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level},
            # Refused requests have their line in the access log; failures come with a traceback.
            "django.request": {"level": max(level, "ERROR", key=LEVELS.index)},
            # It would tell of every connection that is borrowed and given back.
            "psycopg.pool": {"level": max(level, "WARNING", key=LEVELS.index)},
            # What runserver says of a request, with its raw path, the access log says without it.
            "django.server": {"handlers": [], "level": "CRITICAL", "propagate": True},
        },
    }


def mask_secrets(text: str) -> str:
    """`text` with keys masked and passwords left out, should one get into a message."""
    shown = _KEY.sub(r"\1...\2", text)
    if not _may_hold_secrets(shown):
        return shown
    shown = _MEMBER.sub(r"\1\2***\2", _ROW.sub(r"\1 ***\n", shown))
    return _CREDENTIAL.sub(r"\1***", shown)


def _may_hold_secrets(text: str) -> bool:
    """A quick look, which spares nearly every line the search for patterns."""
    lower = text.lower()
    return any(word in lower for word in _TELLTALES)


class JSONFormatter(logging.Formatter):
    """One line, one JSON object. A mapping given as `extra={"fields": …}` becomes its keys."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": mask_secrets(record.getMessage()),
            "request_id": current_request_id.get(),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = mask_secrets(self.formatException(record.exc_info))
        return mask_secrets(json.dumps(line, default=str))


class TextFormatter(logging.Formatter):
    """Text for people: time, level, message, and a traceback below where there is one."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return mask_secrets(super().format(record))

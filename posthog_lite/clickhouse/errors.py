"""Errors of statements, in the product's words. The engine's own words are kept in `reason`."""

from __future__ import annotations

import re

from posthog_lite.domain import DomainError

TOO_LARGE = "The answer of the query is too large. Ask for fewer rows or columns."
UNAVAILABLE = "The query engine is not available. Try again in a moment."
# Numbers of ClickHouse's errors.
TIME, MEMORY, CANCELLED = frozenset({159, 160}), frozenset({241}), frozenset({394})
TOO_MANY = frozenset({158, 307, 396})
BUSY_OR_BROKEN = frozenset({201, 202, 209, 210, 242, 243, 252, 279, 319, 516})
TEXT = re.compile(
    r"DB::Exception: (.*?)(?:\(version [^)]*\)\)?)?(?: \(for url [^)]*\))?\s*$", re.DOTALL
)
TOO_LONG = "Max query size exceeded"  # a syntax error, in its eyes
NAME = re.compile(r"\(([A-Z][A-Z0-9_]+)\)\s*$")


class EngineError(DomainError):
    """Base of everything the engine refuses or fails at."""

    def __init__(self, detail: str, *, reason: str = "", number: int | None = None) -> None:
        super().__init__(detail)
        self.reason = reason or detail
        self.number = number


class EngineUnavailable(EngineError):
    """Nothing answers, or too much is asked at once; the same may succeed in a moment."""

    status_code = 503
    code = "engine_unavailable"
    type = "server_error"


class QueryTimedOut(EngineError):
    status_code = 504
    code = "query_timed_out"
    type = "server_error"


class QueryOutOfMemory(EngineError):
    status_code = 504
    code = "query_out_of_memory"
    type = "server_error"


class QueryCancelled(EngineError):
    code = "query_cancelled"


class QueryTooLarge(EngineError):
    """The answer has more rows or bytes than were asked for."""

    code = "too_many_bytes"


class QueryTooLong(EngineError):
    """The SQL that comes of the query is longer than the engine reads."""

    code = "query_too_large"


class EngineRefused(EngineError):
    """The statement is wrong; `code` is the engine's own name for it, in lower case."""

    def __init__(self, detail: str, *, name: str, number: int | None) -> None:
        super().__init__(detail, number=number)
        self.code = name


def error_of(number: int, told: str) -> EngineError:
    """Return our error for a number and a text of the engine's."""
    found = TEXT.search(told)
    text = (found[1] if found else told).strip()
    if number in TIME:
        return QueryTimedOut(
            "The query took longer than it may. Ask for a shorter range or fewer series.",
            reason=text,
            number=number,
        )
    if number in MEMORY:
        return QueryOutOfMemory(
            "The query needs more memory than it may use. Ask for a shorter range or fewer rows.",
            reason=text,
            number=number,
        )
    if number in CANCELLED:
        return QueryCancelled("The query was cancelled.", reason=text, number=number)
    if number in TOO_MANY:
        return QueryTooLarge(TOO_LARGE, reason=text, number=number)
    if number in BUSY_OR_BROKEN:
        return EngineUnavailable(UNAVAILABLE, reason=text, number=number)
    if TOO_LONG in text:
        return QueryTooLong("The query is too large. Ask for fewer steps or series.", reason=text)
    name = NAME.search(text)
    return EngineRefused(
        NAME.sub("", text).strip(), name=name[1].lower() if name else "engine_error", number=number
    )

"""Constants and moments as SQL."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from posthog_lite.hogql.errors import QueryError
from posthog_lite.hogql.output import Output, literal
from posthog_lite.hogql.types import (
    ARRAY,
    BOOLEAN,
    DATE,
    DATETIME,
    NULL,
    NUMBER,
    STRING,
    TUPLE,
    UUID,
    Printed,
)


def printed_constant(value: Any, output: Output, timezone: str) -> Printed:
    """Return the SQL of a constant; a moment is shown in the time zone."""
    if value is None:
        return Printed("NULL", NULL)
    if isinstance(value, bool):
        return Printed("true" if value else "false", BOOLEAN)
    if isinstance(value, int | float):
        return Printed(_number(value), NUMBER)
    if isinstance(value, str):
        return Printed(output.text(value), STRING)
    return _composite(value, output, timezone)


def _composite(value: Any, output: Output, timezone: str) -> Printed:
    if isinstance(value, datetime):
        return moment(value, timezone)
    if isinstance(value, date):
        return Printed(f"toDate('{value.isoformat()}')", DATE)
    if isinstance(value, uuid.UUID):
        return Printed(f"toUUID('{value}')", UUID)
    if isinstance(value, list | tuple):
        parts = ", ".join(printed_constant(part, output, timezone).sql for part in value)
        is_tuple = isinstance(value, tuple)
        return Printed(f"tuple({parts})", TUPLE) if is_tuple else Printed(f"[{parts}]", ARRAY)
    raise QueryError(f"A value of type {type(value).__name__} cannot stand in a query.")


def _number(value: float) -> str:
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        value = float(value)
    if isinstance(value, int):
        return str(value)
    return repr(value)  # inf and nan are literals of the engine too


def moment(value: datetime, timezone: str = "UTC") -> Printed:
    """Return the SQL of a moment with microseconds, shown in a time zone."""
    text = _aware(value, timezone).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    sql = f"toDateTime64('{text}', 6, 'UTC')"
    if timezone != "UTC":
        return Printed(f"toTimeZone({sql}, {literal(timezone)})", DATETIME, sql)
    return Printed(sql, DATETIME)


def whole_second(value: datetime, timezone: str) -> Printed:
    """Return the SQL of a moment without fractions, shown in a time zone."""
    seconds = int(_aware(value, timezone).timestamp())
    return Printed(f"toDateTime({seconds}, {literal(timezone)})", DATETIME)


def parsed_moment(text: str, timezone: str) -> datetime | None:
    """Return the moment a text names, in the time zone where it names none; None for others."""
    try:
        value = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    value = _aware(value, timezone)
    return value if 1900 <= value.year <= 2261 else None


def constant_moment(text: str, timezone: str) -> Printed | None:
    """Return the SQL of the moment that a text names, or None."""
    value = parsed_moment(text, timezone)
    if value is None:
        return None
    if value.microsecond or not 1970 < value.year < 2106:
        return moment(value, timezone)
    return whole_second(value, timezone)


def _aware(value: datetime, timezone: str) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=ZoneInfo(timezone))

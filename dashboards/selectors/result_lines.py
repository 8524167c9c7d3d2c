"""Reads the result of an insight, as an answer shows it, as lines for a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from posthog_lite.domain import DomainError
from posthog_lite.query.errors import StillComputed
from posthog_lite.query.text.lines import answer_lines

if TYPE_CHECKING:
    from collections.abc import Iterator


class NoResult(DomainError):
    """The insight has no result that could be written down."""

    code = "no_result"


def result_lines(shape: dict[str, Any]) -> Iterator[list[Any]]:
    """Return the lines of an insight's result. Raises NoResult or StillComputed."""
    plain = orjson.loads(orjson.dumps({key: shape.get(key) for key in ("query", "result")}))
    if plain["result"] is None:
        raise _reason(shape.get("query_status") or {})
    return answer_lines(plain["query"], plain["result"], shape.get("columns"))


def _reason(status: dict[str, Any]) -> DomainError:
    if status.get("error"):
        return NoResult(status.get("error_message") or "This insight could not be computed.")
    if status.get("complete") is False:
        return StillComputed("The result is still being computed. Ask again in a moment.")
    return NoResult("This insight has no result yet. Ask with refresh=blocking.")

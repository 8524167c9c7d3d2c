"""Queries as JSON texts: what a text asks for is found out once, not at every look at a tile."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import orjson

from posthog_lite.domain import DomainError
from posthog_lite.query.cache import Asked, asked_by
from posthog_lite.query.names import custom_names
from posthog_lite.query.nodes.parsing import parse_node, source_query

if TYPE_CHECKING:
    from posthog_lite.query.names import Names

MOST_REMEMBERED = 1_000
LONGEST_REMEMBERED = 8_000  # bytes; nearly all are shorter


class ReadText(NamedTuple):
    """A query as read: what it asks for, None where none can tell, and why it has no answer.

    `names` are those that it gives to its series.
    """

    asked: Asked | None
    refusal: str | None
    names: Names = ()


def read_text(text: bytes) -> ReadText:
    """Return what the JSON text of a query asks for."""
    return _remembered(text) if len(text) <= LONGEST_REMEMBERED else _read(text)


def _read(text: bytes) -> ReadText:
    query = orjson.loads(text)
    asked = None
    try:
        node = source_query(query)
        asked = asked_by(node)
        parse_node(node)
    except DomainError as error:
        return ReadText(asked, error.detail)
    return ReadText(asked, None, custom_names(node))


_remembered = lru_cache(MOST_REMEMBERED)(_read)

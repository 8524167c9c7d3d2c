"""Chooses how an answer is written as text, and keeps it short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from posthog_lite.domain import DomainError
from posthog_lite.query.nodes.parsing import source_query
from posthog_lite.query.text import insights

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from posthog_lite.query.results import Answer

    Write = Callable[[Any, Mapping[str, Any], Mapping[str, Any]], str]

WRITERS: dict[str, Write] = {
    "TrendsQuery": insights.trends_text,
    "StickinessQuery": insights.trends_text,
    "FunnelsQuery": insights.funnel_text,
    "RetentionQuery": insights.retention_text,
    "LifecycleQuery": insights.lifecycle_text,
    "PathsQuery": insights.paths_text,
    "HogQLQuery": insights.sql_text,
    "EventsQuery": insights.sql_text,
    "ActorsQuery": insights.sql_text,
}


def answer_text(query: Mapping[str, Any], answer: Answer) -> str | None:
    """Return an answer as text; None for a kind that has no form of its own, or no result."""
    if answer.rows is None:
        return None
    try:
        source = source_query(query)
    except DomainError:
        return None
    write = WRITERS.get(str(source.get("kind")))
    if write is None:
        return None
    return write(orjson.loads(answer.rows), answer.extras, source)


def cut_in_the_middle(text: str, most: int) -> str:
    """Return a text of about `most` characters: rows in the middle are counted instead."""
    lines = text.split("\n")
    if len(text) <= most or len(lines) < 4:
        return text[:most] if len(text) > most else text
    kept, size = [0, len(lines) - 1], len(lines[0]) + len(lines[-1])
    front, back = 1, len(lines) - 2
    while front <= back:
        position = front if len(kept) % 2 == 0 else back
        size += len(lines[position]) + 1
        if size > most:
            break
        kept.append(position)
        front, back = (front + 1, back) if position == front else (front, back - 1)
    omitted = len(lines) - len(kept)
    note = (
        f"[{omitted} of {len(lines) - 1} rows omitted here. To read the whole table, run "
        "dashboard-insights-run with tile_ids=… and max_result_chars=0.]"
    )
    return "\n".join([*lines[:front], note, *lines[back + 1 :]])

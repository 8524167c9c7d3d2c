"""Reads or computes the results of insights that one answer shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from orjson import Fragment

from dashboards.selectors import answer_size
from posthog_lite.query.freshness import CACHE_ONLY, Freshness
from posthog_lite.query.many import Pending, answer_many
from posthog_lite.query.results import name_of_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from posthog_lite.accounts.models import Project
    from posthog_lite.query.results import Answer

# What an answer has beside its rows, by kind of query.
EXTRAS = ("hasMore", "columns", "types", "hogql", "resolved_date_range")


@dataclass(frozen=True, slots=True)
class Asking:
    """The moment of a request, how fresh it wants results, and how long it waits for them."""

    now: datetime
    freshness: Freshness = CACHE_ONLY
    seconds: float | None = None
    for_page: bool = False
    """The answer is a page, or the data of one, which may hold less."""

    @property
    def most_bytes(self) -> int:
        """Return what the whole answer may hold."""
        return answer_size.MOST_BYTES_OF_PAGE if self.for_page else answer_size.MOST_BYTES

    def ask(self, project: Project, queries: Sequence[Any]) -> list[Pending]:
        """Return the answers to queries as they are shown, in their order; None has none."""
        return answer_many(
            project=project,
            queries=[_text(query) for query in queries],
            now=self.now,
            freshness=self.freshness,
            seconds=self.seconds,
            most_bytes=self.most_bytes,
        )


def result_keys(answer: Answer) -> dict[str, Any]:
    """Return what an insight's answer says of its result."""
    keys: dict[str, Any] = {"query_status": answer.status}
    if answer.key:
        keys["filters_hash"] = name_of_key(answer.key)
    if answer.rows is None:
        return keys
    return keys | {
        "result": Fragment(answer.rows),
        "last_refresh": answer.computed_at,
        "cache_target_age": answer.stale_at,
        "next_allowed_client_refresh": answer.refreshable_at,
        "is_cached": answer.is_cached,
        "timezone": answer.timezone,
        **{name: answer.extras[name] for name in EXTRAS if name in answer.extras},
    }


def _text(query: Any) -> bytes | None:
    """Return a query as JSON text. What nothing is laid over is still the stored one."""
    if not query or not isinstance(query, (Fragment, dict)):  # a union is made at each call
        return None
    text = orjson.dumps(query)
    return text if text.startswith(b"{") and text != b"{}" else None

"""A runner that counts how often it is asked, and what is asked of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from posthog_lite.query import results, status
from posthog_lite.query.freshness import Freshness, Mode

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=7)
MUCH_LATER = NOW + timedelta(hours=13)
QUERY = {
    "kind": "TrendsQuery",
    "series": [{"kind": "EventsNode", "event": "$pageview"}],
    "dateRange": {"date_from": "-7d"},
}
ASYNC, LAZY = Freshness(Mode.ASYNC), Freshness(Mode.LAZY_ASYNC)


@dataclass
class Runner:
    """Stands in for the engine: counts how often it is asked."""

    calls: list[int] = field(default_factory=list)
    seconds: float = 0
    error: Exception | None = None

    def __call__(self, node: Any, context: Any, ask: Any) -> dict[str, Any]:
        self.calls.append(context.project_id)
        time.sleep(self.seconds)
        if self.error:
            raise self.error
        dates = {"date_from": "2026-11-19T00:00:00+00:00", "date_to": "2026-11-26T23:59:59+00:00"}
        return {"results": [len(self.calls)], "hasMore": False, "resolved_date_range": dates}


def wait_for_background() -> None:
    """Nothing may be computed any more when the next test begins."""
    for pool, _ in status._workers.values():
        pool.shutdown(wait=True)
    status._workers.clear()


def rows(found: results.Answer) -> Any:
    return None if found.rows is None else orjson.loads(found.rows)

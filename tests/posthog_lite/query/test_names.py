"""A result serves a query whatever its series are called, and however fully it is written."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from posthog_lite.accounts.models import Project
from posthog_lite.query import results
from posthog_lite.query.cache import key_of
from posthog_lite.query.freshness import CACHE_ONLY, FORCE_BLOCKING
from posthog_lite.query.many import answer_many
from posthog_lite.query.results import answer, envelope
from tests.posthog_lite.query.counting_runner import NOW

Names = tuple[str | None, ...]


def query_of(*names: str | None, kind: str = "TrendsQuery", **more: Any) -> dict[str, Any]:
    series = [{"kind": "EventsNode", "event": "e", "custom_name": name} for name in names]
    return {"kind": kind, "series": series, **more}


def lines(query: Any) -> list[Any]:
    """Return a row for each series, and one that stands for none."""
    actions = [{"order": at, "custom_name": each.custom_name} for at, each in enumerate(query)]
    return [*({"action": action, "data": [1.5]} for action in actions), {"action": None}]


def steps(query: Any) -> list[Any]:
    return [[{"order": at, "custom_name": each.custom_name} for at, each in enumerate(query)]]


@pytest.fixture(autouse=True)
def computed(monkeypatch: pytest.MonkeyPatch) -> list[Names]:
    found: list[Names] = []

    def compute(node: Any, context: Any, ask: Any) -> dict[str, Any]:
        found.append(tuple(each.custom_name for each in node.series))
        rows = steps(node.series) if node.kind == "FunnelsQuery" else lines(node.series)
        return {"results": rows, "hasMore": False}

    monkeypatch.setattr(results, "compute", compute)
    return found


def names_in(rows: bytes | None) -> Names:
    assert rows is not None
    [first, *others] = orjson.loads(rows)
    if isinstance(first, list):
        return tuple(step["custom_name"] for step in first)
    return tuple(row["action"]["custom_name"] for row in [first, *others] if row["action"])


@pytest.mark.parametrize("kind", ["TrendsQuery", "FunnelsQuery"])
def test_a_series_with_another_name_keeps_its_result(
    project: Project, computed: list[Names], kind: str
) -> None:
    for names in (("A", None), ("B", "C"), (None, None), ("A", None)):
        query = query_of(*names, kind=kind)
        found = answer(project=project, query=query, now=NOW)
        assert names_in(found.rows) == names
        assert "custom_names" not in orjson.loads(envelope(found))
        [tile] = answer_many(
            project=project, queries=[orjson.dumps(query)], now=NOW, freshness=CACHE_ONLY
        )
        assert names_in(tile.get().rows) == names
    assert computed == [("A", None)]
    query = query_of("B", None, kind=kind)
    answer(project=project, query=query, now=NOW, freshness=FORCE_BLOCKING)
    found = answer(project=project, query=query_of(None, "A", kind=kind), now=NOW)
    assert names_in(found.rows) == (None, "A")
    assert len(computed) == 2


def test_steps_in_any_order_have_no_names_of_their_own(
    project: Project, computed: list[Names], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        results, "compute", lambda *_: {"results": [{"order": 0, "custom_name": None}]}
    )
    query = query_of("A", "B", kind="FunnelsQuery", funnelsFilter={"funnelOrderType": "unordered"})
    for _ in range(2):
        found = answer(project=project, query=query, now=NOW)
        assert orjson.loads(found.rows or b"") == [{"order": 0, "custom_name": None}]


@pytest.mark.parametrize(
    ("more", "is_same"),
    [
        ({"interval": "day", "filterTestAccounts": False, "properties": []}, True),
        ({"breakdownFilter": None, "dateRange": {"date_from": "-24h", "date_to": None}}, True),
        ({"tags": {"scene": "x"}}, True),
        ({"dateRange": {"date_from": "-24h", "date_to": "-1h"}}, False),
        ({"interval": "week"}, False),
        ({"filterTestAccounts": True}, False),
        ({"filterTestAccounts": 0}, False),  # which is refused
        ({"series": [{"kind": "EventsNode", "event": "e", "custom_name": 5}]}, False),
    ],
)
def test_what_says_nothing_new_has_the_same_result(
    project: Project, more: dict[str, Any], is_same: bool
) -> None:
    query = query_of(None, dateRange={"date_from": "-24h"})
    assert (key_of(query, project) == key_of(query | more, project)) is is_same

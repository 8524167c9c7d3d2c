"""Checks of queries before they are stored."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from dashboards.queries.kinds import EVENTS_KIND, SOURCE_KINDS, SQL_KIND
from dashboards.queries.properties import count_leaves, read_properties
from posthog_lite.domain import DomainError
from posthog_lite.query.nodes.parsing import WRAPPERS

if TYPE_CHECKING:
    from collections.abc import Callable

    Check = Callable[[Any, str], object]

SQL_WRAPPER = "DataVisualizationNode"
ANY_WRAPPER = "DataTableNode"
MOST_BYTES = 256 * 1024
MOST_LEAVES = 1000
KIND = re.compile(r"[A-Za-z][A-Za-z0-9]{0,98}(Query|Node)")


class InvalidQuery(DomainError):
    """The query has no kind, lacks a part of it, has one of the wrong type, or is too large."""

    code = "parse_error"


def validate_query(query: Any) -> None:
    """Raise InvalidQuery unless `query` is null, `{}`, or a node that could be one.

    Insights are drafts too, and clients have kinds that nothing here computes: looks at what must
    hold for any of them, and at the parts of those that are known. The rest is the client's own.
    """
    if query is None or query == {}:
        return
    _object(query, "query")
    _check_size(query)
    kind = _kind(query, "query")
    if kind not in WRAPPERS:
        _parts(query, kind, "query")
        return
    if "source" not in query:
        raise _invalid("query.source is required.")
    source = _object(query["source"], "query.source")
    source_kind = _kind(source, "query.source")
    if (source_kind == SQL_KIND) != (kind == SQL_WRAPPER) and kind != ANY_WRAPPER:
        raise _invalid(f"query.source.kind: '{source_kind}' is not shown by {kind}.")
    _parts(source, source_kind, "query.source")


def _check_size(query: dict[str, Any]) -> None:
    if len(orjson.dumps(query)) > MOST_BYTES:
        raise _invalid(f"query may take at most {MOST_BYTES // 1024} kB.")
    if _count_filters(query) > MOST_LEAVES:
        raise _invalid(f"query may hold at most {MOST_LEAVES:,} property filters.")


def _count_filters(value: Any) -> int:
    """Return how many property filters stand anywhere in a query."""
    if isinstance(value, list):
        return sum(map(_count_filters, value))
    if not isinstance(value, dict):
        return 0
    return sum(
        count_leaves(read_properties(item)) if name == "properties" else _count_filters(item)
        for name, item in value.items()
    )


def _parts(node: dict[str, Any], kind: str, path: str) -> None:
    if kind not in SOURCE_KINDS and kind not in PART_OF_KIND:
        return
    required = PART_OF_KIND.get(kind, {})
    for name, check in required.items():
        if node.get(name) is None:
            raise _invalid(f"{path}.{name} is required.")
        check(node[name], f"{path}.{name}")
    for name, check in PARTS.items():
        if name not in required and node.get(name) is not None:
            check(node[name], f"{path}.{name}")


def _kind(node: dict[str, Any], path: str) -> str:
    kind = node.get("kind")
    if kind is None:
        raise _invalid(f"{path}.kind is required.")
    if not isinstance(kind, str) or KIND.fullmatch(kind) is None:
        shown = f"'{kind[:100]}'" if isinstance(kind, str) else "This"
        raise _invalid(f"{path}.kind: {shown} is not a kind of query.")
    return kind


def _invalid(detail: str) -> InvalidQuery:
    return InvalidQuery(detail, attr="query")


def _object(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _invalid(f"{path} must be an object.")
    return value


def _list(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise _invalid(f"{path} must be a list.")
    return value


def _text(value: Any, path: str) -> None:
    if not isinstance(value, str):
        raise _invalid(f"{path} must be a string.")


def _true_or_false(value: Any, path: str) -> None:
    if not isinstance(value, bool):
        raise _invalid(f"{path} must be true or false.")


def _identifier(value: Any, path: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise _invalid(f"{path} must be a number or a string.")


def _texts(value: Any, path: str) -> None:
    for index, item in enumerate(_list(value, path)):
        _text(item, f"{path}.{index}")


def _date_range(value: Any, path: str) -> None:
    for bound in ("date_from", "date_to"):
        if _object(value, path).get(bound) is not None:
            _text(value[bound], f"{path}.{bound}")


def _properties(value: Any, path: str) -> None:
    """A list of filters, or groups of them, which nest."""
    if isinstance(value, dict):
        if value.get("type") not in ("AND", "OR"):
            raise _invalid(f"{path}.type must be AND or OR.")
        value, path = value.get("values"), f"{path}.values"
    for index, item in enumerate(_list(value, path)):
        _object(item, f"{path}.{index}")
        if item.get("type") in ("AND", "OR"):
            _properties(item, f"{path}.{index}")


def _series(at_least: int) -> Check:
    def check(value: Any, path: str) -> None:
        if len(_list(value, path)) < at_least:
            raise _invalid(f"{path} must have at least {at_least} items.")
        for index, item in enumerate(value):
            _node(item, f"{path}.{index}")

    return check


def _node(value: Any, path: str) -> None:
    node = _object(value, path)
    required = PART_OF_NODE.get(_kind(node, path), {})
    for name, check in required.items():
        if node.get(name) is None:
            raise _invalid(f"{path}.{name} is required.")
        check(node[name], f"{path}.{name}")
    if node.get("properties") is not None:
        _properties(node["properties"], f"{path}.properties")


PARTS: dict[str, Check] = {
    "breakdownFilter": _object,
    "compareFilter": _object,
    "dateRange": _date_range,
    "filterTestAccounts": _true_or_false,
    "filters": _object,
    "funnelsFilter": _object,
    "interval": _text,
    "lifecycleFilter": _object,
    "pathsFilter": _object,
    "properties": _properties,
    "retentionFilter": _object,
    "series": _series(0),
    "stickinessFilter": _object,
    "trendsFilter": _object,
    "variables": _object,
}
PART_OF_KIND: dict[str, dict[str, Check]] = {
    "TrendsQuery": {"series": _series(0)},
    "FunnelsQuery": {"series": _series(0)},
    "StickinessQuery": {"series": _series(0)},
    "LifecycleQuery": {"series": _series(0)},
    SQL_KIND: {"query": _text},
    EVENTS_KIND: {"select": _texts},
    "HogQuery": {"code": _text},
    "SavedInsightNode": {"shortId": _text},
}
PART_OF_NODE: dict[str, dict[str, Check]] = {
    "EventsNode": {},
    "ActionsNode": {"id": _identifier},
    "DataWarehouseNode": {"table_name": _text},
    "GroupNode": {"nodes": _series(1)},
}

"""Keeps the newest results of a source, so that dashboards show them before events are here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from dashboards.filters.dashboard_layers import EMPTY, Layers, Overrides
from dashboards.models import Dashboard, Insight, Tile
from dashboards.selectors.results import EXTRAS
from posthog_lite.domain import DomainError
from posthog_lite.query.cache import claim_result, find_result, keep_result, key_of
from posthog_lite.query.freshness import Ages
from posthog_lite.query.names import custom_names, extras_with_names
from posthog_lite.query.nodes.parsing import source_query
from sharing.moving.cleaning import moment
from sharing.moving.items import INSIGHT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sharing.moving.items import Item
    from sharing.moving.target import Target


def keep_results(*, target: Target, row: Any, item: Item) -> None:
    """Keep what the source has computed, under the queries as they are shown here."""
    if not item.results:
        return
    if isinstance(row, Insight):
        _keep(target, _layers(target, None), row.query, None, item.results.get(item.key))
    elif isinstance(row, Dashboard):
        _keep_of_tiles(target, row, item)


def _keep_of_tiles(target: Target, dashboard: Dashboard, item: Item) -> None:
    layers = _layers(target, dashboard)
    found = {target.local_id(INSIGHT, key): answer for key, answer in item.results.items()}
    tiles = Tile.objects.for_project(target.project).live().filter(dashboard=dashboard)
    shown = tiles.filter(insight_id__in=[pk for pk in found if isinstance(pk, int)])
    for insight_id, query, filters in shown.values_list(
        "insight_id", "insight__query", "filters_overrides"
    ):
        _keep(target, layers, query, filters, found[insight_id])


def _layers(target: Target, dashboard: Dashboard | None) -> Layers:
    return Layers(
        filters=_text(dashboard.filters) if dashboard else EMPTY,
        variables=_text(dashboard.variables) if dashboard else EMPTY,
        overrides=Overrides(),
        variable_ids=target.variable_ids(),
    )


def _keep(
    target: Target, layers: Layers, query: Any, filters: Any, answer: Mapping[str, Any] | None
) -> None:
    if not query or answer is None or answer.get("result") is None:
        return
    try:
        shown = layers.effective_query(_text(query), tile_filters=_text(filters or {}))
        asked = source_query(shown)
        key = key_of(asked, target.project)
    except DomainError:
        return  # a kind that is not answered here shows no result either
    computed_at = moment(answer.get("last_refresh")) or target.now
    kept = find_result(project=target.project, key=key)
    is_newer_here = kept is not None and kept.computed_at > computed_at
    if is_newer_here or claim_result(project=target.project, key=key) is None:
        return
    extras = {name: answer[name] for name in EXTRAS if name in answer}
    keep_result(
        project=target.project,
        key=key,
        rows=orjson.dumps(answer["result"]),
        extras=orjson.dumps(extras_with_names(extras, custom_names(asked))),
        computed_at=computed_at,
        ages=Ages(None, None, computed_at),
        is_imported=True,
    )


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()

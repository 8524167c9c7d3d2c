"""Reads the results of a dashboard's insights: rows for programs, text for agents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from orjson import Fragment

from dashboards.shapes.tile import InsightResult, InsightRun
from posthog_lite.domain import DomainError
from posthog_lite.query.text.answers import answer_text, cut_in_the_middle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboards.selectors.read_tiles import Run, Tiles

MOST_CHARACTERS = 200_000  # of all texts of one answer
NOT_RUN = f"[Not run. The response reached its {MOST_CHARACTERS} character budget.]"


class UnknownTile(DomainError):
    """A tile that was asked for is not on the dashboard, or holds no insight."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Which results are wanted, and in what form."""

    output_format: str = "optimized"
    tile_ids: Sequence[int] = ()
    max_result_chars: int = 0


def run_insights(*, tiles: Tiles, options: RunOptions) -> list[dict[str, Any]]:
    """Return the result of each insight tile, in the order of the layout. Raises UnknownTile."""
    runs = list(tiles.runs())
    _check_known(runs, options.tile_ids)
    wanted = set(options.tile_ids) or {run.tile_id for run in runs}
    found, budget = [], MOST_CHARACTERS
    for run in runs:
        if run.tile_id in wanted:
            result = _result(run, options, budget)
            budget -= len(result) if isinstance(result, str) else 0
            found.append(_shape(run, result))
    return found


def _check_known(runs: list[Run], tile_ids: Sequence[int]) -> None:
    known = {run.tile_id for run in runs}
    for tile_id in tile_ids:
        if tile_id not in known:
            raise UnknownTile(
                f"Tile {tile_id} is no insight tile of this dashboard.", attr="tile_ids"
            )


def _shape(run: Run, result: Any) -> dict[str, Any]:
    answer = run.answer
    has_result = answer is not None and answer.rows is not None
    return InsightRun.make(
        (),
        None,
        id=run.tile_id,
        order=run.order,
        insight={name: getattr(run.insight, name, None) for name in InsightResult.declared}
        | {"result": result},
        last_refresh=answer.computed_at if answer and has_result else None,
        is_cached=bool(answer and has_result and answer.is_cached),
    )


def _result(run: Run, options: RunOptions, budget: int) -> Any:
    answer = run.answer
    if answer is None or answer.rows is None:
        return None
    if options.output_format == "json":
        return Fragment(answer.rows)
    if budget <= 0:
        return NOT_RUN
    text = answer_text(orjson.loads(orjson.dumps(run.query)), answer)
    text = answer.rows.decode() if text is None else text
    return cut_in_the_middle(text, options.max_result_chars or budget)

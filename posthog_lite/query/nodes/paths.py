"""PathsQuery: what people look at one after another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from posthog_lite.query.nodes.common import InsightBase, read_insight_base
from posthog_lite.query.nodes.funnels import FunnelsQuery, read_funnels
from posthog_lite.query.nodes.reading import MAX_INTEGER, Reader

DEFAULT_EDGE_LIMIT = 50
MAX_EDGE_LIMIT = 10_000
DEFAULT_STEP_LIMIT = 5
MAX_STEP_LIMIT = 100
MAX_RULES = 100


class PathType(StrEnum):
    """The kinds of events that are nodes of paths."""

    PAGEVIEW = "$pageview"
    SCREEN = "$screen"
    CUSTOM = "custom_event"
    HOGQL = "hogql"


DEFAULT_TYPES = (PathType.PAGEVIEW, PathType.SCREEN, PathType.CUSTOM)


@dataclass(frozen=True)
class CleaningRule:
    """A regular expression and what replaces its matches."""

    regex: str
    alias: str


class FunnelPart(StrEnum):
    """A part of a path through a funnel: up to a step, from the step before to it, or on."""

    BEFORE = "funnel_path_before_step"
    BETWEEN = "funnel_path_between_steps"
    AFTER = "funnel_path_after_step"


@dataclass(frozen=True)
class FunnelOfPaths:
    """People who came to a step of a funnel, or with a step below 0 were lost before it."""

    funnel: FunnelsQuery
    step: int
    part: FunnelPart


@dataclass(frozen=True)
class PathKeys:
    """Names of nodes with their places, like `2_/about`: whose paths a list of people tells.

    Of those that go from `start` to `end`, or of those that end with `dropoff`.
    """

    start: str | None = None
    end: str | None = None
    dropoff: str | None = None


@dataclass(frozen=True)
class PathsQuery:
    """A query for paths: its events, the names of its nodes, and the part that is shown.

    `keys` choose among the people of the paths, not among the links.
    """

    base: InsightBase
    types: tuple[PathType, ...] = DEFAULT_TYPES
    hogql: str | None = None
    start: str | None = None
    end: str | None = None
    excluded: tuple[str, ...] = ()
    groupings: tuple[str, ...] = ()
    cleaning: tuple[CleaningRule, ...] = ()
    is_cleaned_by_project: bool = False
    funnel: FunnelOfPaths | None = None
    edge_limit: int = DEFAULT_EDGE_LIMIT
    step_limit: int = DEFAULT_STEP_LIMIT
    min_weight: int | None = None
    max_weight: int | None = None
    keys: PathKeys = PathKeys()

    kind = "PathsQuery"


def read_paths(query: Reader) -> PathsQuery:
    """A PathsQuery."""
    shown = query.child("pathsFilter")
    return PathsQuery(
        base=read_insight_base(query),
        types=_read_types(shown),
        hogql=shown.text("pathsHogQLExpression") or None,
        start=shown.text("startPoint") or None,
        end=shown.text("endPoint") or None,
        excluded=shown.texts("excludeEvents"),
        groupings=shown.texts("pathGroupings", most=MAX_RULES),
        cleaning=shown.items("localPathCleaningFilters", _read_rule, most=MAX_RULES),
        is_cleaned_by_project=shown.flag("pathReplacements"),
        funnel=_read_funnel(query),
        edge_limit=shown.integer("edgeLimit", maximum=MAX_EDGE_LIMIT) or DEFAULT_EDGE_LIMIT,
        step_limit=shown.integer("stepLimit", maximum=MAX_STEP_LIMIT) or DEFAULT_STEP_LIMIT,
        min_weight=shown.integer("minEdgeWeight"),
        max_weight=shown.integer("maxEdgeWeight"),
        keys=_read_keys(shown),
    )


def _read_keys(shown: Reader) -> PathKeys:
    return PathKeys(
        start=shown.text("pathStartKey") or None,
        end=shown.text("pathEndKey") or None,
        dropoff=shown.text("pathDropoffKey") or None,
    )


def _read_types(shown: Reader) -> tuple[PathType, ...]:
    found = shown.texts("includeEventTypes")
    for text in found:
        if text not in set(PathType):
            known = ", ".join(PathType)
            raise shown.refuse("includeEventTypes", f"some of {known} are expected.")
    return tuple(PathType(text) for text in found) or DEFAULT_TYPES


def _read_rule(item: Reader) -> CleaningRule:
    return CleaningRule(item.text("regex") or "", item.text("alias") or "")


def _read_funnel(query: Reader) -> FunnelOfPaths | None:
    if not query.has("funnelPathsFilter"):
        return None
    shown = query.child("funnelPathsFilter")
    source = shown.required_child("funnelSource")
    if source.text("kind") != "FunnelsQuery":
        raise shown.refuse("funnelSource", "a FunnelsQuery is expected.")
    step = shown.integer("funnelStep", minimum=-MAX_INTEGER)
    if step is None:
        raise shown.refuse("funnelStep", "this field is required.")
    part = shown.choice("funnelPathType", FunnelPart, FunnelPart.BETWEEN)
    return FunnelOfPaths(read_funnels(source), step, part)

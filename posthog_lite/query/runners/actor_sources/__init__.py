"""The actors behind a number of an insight: the very ones that its chart counts."""

from __future__ import annotations

from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.nodes.actor_sources import ActorSource, FunnelActors, InsightActors
from posthog_lite.query.nodes.lifecycle import LifecycleQuery
from posthog_lite.query.nodes.paths import PathsQuery
from posthog_lite.query.nodes.retention import RetentionQuery
from posthog_lite.query.nodes.stickiness import StickinessQuery
from posthog_lite.query.nodes.trends import TrendsQuery
from posthog_lite.query.runners.actor_sources.choices import Behind
from posthog_lite.query.runners.actor_sources.funnels import funnel_actors
from posthog_lite.query.runners.actor_sources.lifecycle import lifecycle_actors
from posthog_lite.query.runners.actor_sources.paths import paths_actors
from posthog_lite.query.runners.actor_sources.retention import retention_actors
from posthog_lite.query.runners.actor_sources.sql import sql_actors
from posthog_lite.query.runners.actor_sources.stickiness import stickiness_actors
from posthog_lite.query.runners.actor_sources.trends import trends_actors


def actors_of(source: ActorSource, context: QueryContext, ask: Ask) -> Behind:
    """Rows of `actor_id`, each one once, and columns that only some kinds have."""
    if isinstance(source, FunnelActors):
        return funnel_actors(source, source.funnel, context, ask)
    if not isinstance(source, InsightActors):
        return sql_actors(source, context)
    match source.insight:
        case TrendsQuery() as insight:
            return trends_actors(source, insight, context, ask)
        case LifecycleQuery() as insight:
            return lifecycle_actors(source, insight, context, ask)
        case StickinessQuery() as insight:
            return stickiness_actors(source, insight, context, ask)
        case RetentionQuery() as insight:
            return retention_actors(source, insight, context, ask)
        case PathsQuery() as insight:
            return paths_actors(insight, context, ask)

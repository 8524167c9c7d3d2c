"""The queries that are computed here as components of the OpenAPI document.

Names are PostHog's. What is read is described, and every object may have further keys. Of a query
`kind` alone is required: the TypeScript generator makes one type of a union, which needs whatever
one of its members needs.
"""

from __future__ import annotations

from typing import Any

from posthog_lite.query.nodes.metadata import Language
from posthog_lite.query_api.schema_forms import (
    Schema,
    anything,
    by_key,
    flag,
    node,
    one,
    part,
    text,
    texts,
    union,
    whole,
)
from posthog_lite.query_api.schema_parts import (
    BASE,
    BREAKDOWN,
    COMPARE,
    FILTERS,
    FIXED,
    INTERVAL,
    PAGE,
    PARTS,
    SERIES,
    TEST_ACCOUNTS,
)

INSIGHTS: dict[str, Schema] = {
    "TrendsQuery": node(
        "TrendsQuery",
        "Counts over time, or as one number.",
        trendsFilter=one("TrendsFilter", "What is shown."),
        **SERIES,
        **INTERVAL,
        **BREAKDOWN,
        **COMPARE,
        **BASE,
    ),
    "FunnelsQuery": node(
        "FunnelsQuery",
        "How many do one step after another.",
        funnelsFilter=one("FunnelsFilter", "What is shown."),
        **SERIES,
        **INTERVAL,
        **BREAKDOWN,
        **BASE,
    ),
    "RetentionQuery": node(
        "RetentionQuery",
        "Who comes back, and after how long.",
        retentionFilter=one("RetentionFilter", "Who comes back, to what."),
        **BREAKDOWN,
        **BASE,
    ),
    "LifecycleQuery": node(
        "LifecycleQuery",
        "New, returning, resurrecting and dormant people.",
        **SERIES,
        **INTERVAL,
        **BASE,
    ),
    "StickinessQuery": node(
        "StickinessQuery",
        "On how many intervals people are active.",
        intervalCount=whole("So many intervals count as one."),
        stickinessFilter=one("StickinessFilter", "What is counted."),
        **SERIES,
        **INTERVAL,
        **COMPARE,
        **BASE,
    ),
    "PathsQuery": node(
        "PathsQuery",
        "What people do one after another.",
        pathsFilter=one("PathsFilter", "Which paths are shown."),
        funnelPathsFilter=one("FunnelPathsFilter", "The part of a funnel that is shown."),
        **BASE,
    ),
}
SQL: Schema = {
    "query": text("The SQL."),
    "values": {"type": "object", "additionalProperties": True, "description": "Values by name."},
    "variables": by_key("HogQLVariable", "Variables by id."),
    "filters": one("HogQLFilters", "What `{filters}` stands for."),
}
ROWS: dict[str, Schema] = {
    "HogQLQuery": node("HogQLQuery", "A SELECT in HogQL.", **SQL),
    "HogQLMetadata": node(
        "HogQLMetadata",
        "Whether HogQL can be run, and what is wrong with it.",
        language={"type": "string", "enum": list(Language), "description": "What the text is."},
        sourceQuery=one("OpenQuery", "The `HogQLQuery` in which an expression stands."),
        **SQL,
    ),
    "EventsQuery": node(
        "EventsQuery",
        "Single events, or groups of them.",
        select=texts("Columns, which are expressions."),
        where=texts("Expressions that all must hold."),
        orderBy=texts("Expressions, each with ASC or DESC."),
        event=text("The name of the events."),
        events=texts("The names of the events, where there are several."),
        actionId=whole("The id of an action that the events match."),
        personId=text("The id of the person."),
        after=text("A time, or a relative form such as `-24h`."),
        before=text("A time or a relative form."),
        **FILTERS,
        **FIXED,
        **TEST_ACCOUNTS,
        **PAGE,
    ),
    "ActorsQuery": node(
        "ActorsQuery",
        "People.",
        select=texts("Columns, which are expressions."),
        orderBy=texts("Expressions, each with ASC or DESC."),
        search=text("A part of the email, name, id or distinct id."),
        source=one("OpenQuery", "The `InsightActorsQuery`, or other, whose people are listed."),
        **FILTERS,
        **FIXED,
        **PAGE,
    ),
}
SOURCE = {"source": one("OpenQuery", "The query inside it.")}
WRAPPERS: dict[str, Schema] = {
    "InsightVizNode": node("InsightVizNode", "An insight as it is shown.", **SOURCE),
    "DataTableNode": node("DataTableNode", "A table.", **SOURCE),
    "DataVisualizationNode": node("DataVisualizationNode", "SQL as a chart.", **SOURCE),
}
OF_ACTORS: dict[str, Schema] = {
    "InsightActorsQuery": node(
        "InsightActorsQuery",
        "The people behind a number of an insight.",
        day=anything("A bucket, as in the row's `days`; in stickiness a number of intervals."),
        status=one("LifecycleToggle", "The row of a lifecycle."),
        series=whole("The series, from 0."),
        breakdown=anything("The value of the row: a text, a number or a list of them."),
        compare=one("Compare", "Which of the two periods."),
        interval=whole("The row of a retention, from 0."),
        operator=one("StickinessOperator", "How the numbers of intervals compare."),
        **SOURCE,
    ),
    "FunnelsActorsQuery": node(
        "FunnelsActorsQuery",
        "The people in a step of a funnel.",
        source=one("FunnelsQuery", "The funnel."),
        funnelStep=whole(
            "The step, from 1; a negative number lists people who dropped off before it."
        ),
        funnelStepBreakdown=anything("The value of the group: a text, a number or a list."),
        funnelTrendsEntrancePeriodStart=text("The bucket, in the trends view."),
        funnelTrendsDropOff=flag("Whether people who dropped off are listed, in the trends view."),
    ),
}
KINDS = [*INSIGHTS, *ROWS, *WRAPPERS]
OPEN: Schema = {
    "OpenQuery": part(
        "A query in any other form, such as an older one, by its `kind`.",
        "kind",
        kind=text("The kind of query, such as `TrendsQuery`."),
    )
}
ROOT: Schema = {
    "QuerySchemaRoot": union("A query by its `kind`.", *KINDS, *OPEN),
}
ALL: dict[str, Schema] = {
    **PARTS,
    **INSIGHTS,
    **ROWS,
    **WRAPPERS,
    **OF_ACTORS,
    **OPEN,
    **ROOT,
}


def add_queries(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add the queries to the components of the document, and leave their answers open."""
    schemas = result["components"]["schemas"]
    schemas |= ALL
    schemas["QueryAnswer"]["additionalProperties"] = True  # each kind adds its own keys
    return result

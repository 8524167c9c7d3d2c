"""The parts of queries as components of the OpenAPI document: series, dates, filters, enums."""

from __future__ import annotations

from posthog_lite.query.nodes import (
    actor_sources,
    common,
    funnels,
    paths,
    properties,
    retention,
    series,
    stickiness,
    trends,
)
from posthog_lite.query_api.schema_forms import (
    Schema,
    anything,
    choice,
    flag,
    many,
    node,
    number,
    one,
    part,
    text,
    text_or_null,
    texts,
    union,
    whole,
    whole_numbers,
)

ENUMS = {
    "AggregationPropertyType": retention.AggregationPropertyKind,
    "AggregationType": retention.AggregationType,
    "BreakdownAttributionType": funnels.Attribution,
    "BreakdownType": common.BreakdownKind,
    "ChartDisplayType": trends.Display,
    "Compare": actor_sources.Period,
    "FunnelConversionWindowTimeUnit": funnels.WindowUnit,
    "FunnelPathType": paths.FunnelPart,
    "FunnelVizType": funnels.FunnelView,
    "IntervalType": common.Interval,
    "LifecycleToggle": actor_sources.Status,
    "MathPropertyType": series.MathPropertyKind,
    "MathType": series.Math,
    "PathType": paths.PathType,
    "PropertyOperator": properties.Operator,
    "RetentionPeriod": retention.RetentionPeriod,
    "RetentionType": retention.RetentionType,
    "StepOrderValue": funnels.FunnelOrder,
    "StickinessComputationMode": stickiness.ComputedAs,
    "StickinessOperator": stickiness.CriteriaOperator,
    "TimeWindowMode": retention.TimeWindow,
}

INTERVAL = {"interval": one("IntervalType", "The length of one bucket; without it a day.")}
SERIES = {"series": many("AnyEntityNode", "Events or actions, in order.")}
BREAKDOWN = {"breakdownFilter": one("BreakdownFilter", "How the result is split.")}
COMPARE = {"compareFilter": one("CompareFilter", "A comparison with an earlier period.")}
FILTERS = {"properties": many("PropertyFilter", "Conditions that all must hold.")}
FIXED = {"fixedProperties": many("PropertyFilter", "Further conditions.")}
TEST_ACCOUNTS = {
    "filterTestAccounts": flag("Whether the project's test account filters hold too."),
}
DATES = {"dateRange": one("DateRange", "The dates that are covered.")}
BASE = {
    **DATES,
    **FILTERS,
    **TEST_ACCOUNTS,
    "aggregation_group_type_index": whole("The type of groups that are counted, not people."),
}
ENTITY = {
    "name": text("Its name."),
    "custom_name": text("The name by which it is shown."),
    "math": one("MathType", "What is counted, such as `total`, `dau` or `sum`."),
    "math_property": text("The property that is computed."),
    "math_property_type": one("MathPropertyType", "Whose property it is."),
    "math_hogql": text("The expression of the math `hogql`."),
    "math_group_type_index": whole("The type of the groups of the math `unique_group`."),
    "math_multiplier": number("A factor of the result."),
    "optionalInFunnel": flag("Whether a funnel may leave the step out."),
    **FILTERS,
    **FIXED,
}
EVENT = {"event": text("The name of the event; all events without it."), **ENTITY}
ACTION = {"id": whole("The id of the action."), **ENTITY}
PAGE = {
    "limit": whole("At most so many rows."),
    "offset": whole("So many rows are left out first."),
}
PARTS: dict[str, Schema] = {
    **{name: choice(members) for name, members in ENUMS.items()},
    "PropertyFilterType": choice(properties.PropertyKind, properties.FilterLogicalOperator),
    "DateRange": part(
        "The dates of a query.",
        date_from=text_or_null("A date, a relative form such as `-7d`, or `all`."),
        date_to=text_or_null("A date or a relative form; now without it."),
        explicitDate=flag("Whether the times of day count."),
        excludeIncompletePeriods=flag("Whether a period that is not over is left out."),
    ),
    "CompareFilter": part(
        "A comparison with an earlier period.",
        compare=flag("Whether to compare."),
        compare_to=text("How far back, such as `-1w`; without it the period before."),
    ),
    "Breakdown": part(
        "A property by which a result is split.",
        "property",
        property=text("The name of the property, or an expression."),
        type=one("BreakdownType", "Whose property it is."),
        group_type_index=whole("The type of the groups whose property it is."),
        histogram_bin_count=whole("The number of bins for numbers."),
        normalize_url=flag("Whether the ends of addresses are made the same."),
    ),
    "BreakdownFilter": part(
        "How a result is split.",
        breakdowns=many("Breakdown", "The properties, three at most."),
        breakdown=anything("The property in the older form, a name or a list of names."),
        breakdown_type=one("BreakdownType", "Whose property `breakdown` is."),
        breakdown_group_type_index=whole("The type of the groups whose property it is."),
        breakdown_histogram_bin_count=whole("The number of bins for numbers."),
        breakdown_normalize_url=flag("Whether the ends of addresses are made the same."),
        breakdown_limit=whole("The number of values that are shown."),
        breakdown_hide_other_aggregation=flag("Whether the sum of all others is left out."),
    ),
    "PropertyFilter": part(
        "A condition, or with `values` several of which all or one must hold.",
        key=text("The name of the property, or an expression."),
        type=one("PropertyFilterType", "Where the value is found; of several, AND or OR."),
        operator=one("PropertyOperator", "How the value is compared."),
        value=anything("What it is compared with: a text, a number, a flag or a list of them."),
        group_type_index=whole("The type of the groups whose property it is."),
        values=many("PropertyFilter", "The conditions, where there are several."),
    ),
    "EventsNode": node("EventsNode", "Events of one name.", **EVENT),
    "ActionsNode": node("ActionsNode", "Events that match an action.", **ACTION),
    "GroupNode": node(
        "GroupNode",
        "Several events or actions as one series.",
        nodes=many("EntityNode", "The events and actions."),
        **ENTITY,
    ),
    "OpenEntityNode": part(
        "A series in any other form, by its `kind`.",
        "kind",
        kind=text("The kind of series, such as `EventsNode`."),
    ),
    "EntityNode": union("An event or an action.", "EventsNode", "ActionsNode", "OpenEntityNode"),
    "AnyEntityNode": union("A series.", "EventsNode", "ActionsNode", "GroupNode", "OpenEntityNode"),
    "TrendsFormulaNode": part(
        "A formula over the series.",
        formula=text("The formula, in which the series are A, B and so on."),
        custom_name=text("The name by which it is shown."),
    ),
    "TrendsFilter": part(
        "What trends show.",
        display=one("ChartDisplayType", "The chart."),
        formula=text("A formula over the series, which are A, B and so on."),
        formulas=texts("Several formulas."),
        formulaNodes=many("TrendsFormulaNode", "Several formulas, with names."),
        smoothingIntervals=whole("The length of a running average."),
    ),
    "FunnelExclusion": part(
        "An event or action that must not happen between two steps.",
        "funnelFromStep",
        "funnelToStep",
        kind=text("`EventsNode` or `ActionsNode`."),
        event=EVENT["event"],
        funnelFromStep=whole("The step after which it must not happen, from 0."),
        funnelToStep=whole("The step before which it must not happen, from 0."),
        **ACTION,
    ),
    "FunnelsFilter": part(
        "What a funnel shows.",
        funnelVizType=one("FunnelVizType", "What is shown."),
        funnelOrderType=one("StepOrderValue", "The order of the steps."),
        funnelWindowInterval=whole("How long a conversion may take."),
        funnelWindowIntervalUnit=one("FunnelConversionWindowTimeUnit", "The unit of that time."),
        exclusions=many("FunnelExclusion", "What must not happen between the steps."),
        breakdownAttributionType=one(
            "BreakdownAttributionType", "The step whose value a breakdown reads."
        ),
        breakdownAttributionValue=whole("The step of the attribution `step`, from 0."),
        binCount=whole("The number of bins of the time to convert."),
        funnelFromStep=whole("The first step that counts, from 0."),
        funnelToStep=whole("The last step that counts, from 0."),
        funnelAggregateByHogQL=text("An expression that is counted, not people."),
    ),
    "RetentionEntity": part(
        "The event or action of a retention.",
        id=anything("The name of the event, or the id of the action."),
        type=text("`events` or `actions`."),
        kind=text("`EventsNode` or `ActionsNode`, where there is no type."),
        event=text("The name of the event, where there is no id."),
        name=text("Its name."),
        **FILTERS,
    ),
    "RetentionFilter": part(
        "Who comes back, to what.",
        targetEntity=one("RetentionEntity", "What people do first."),
        returningEntity=one("RetentionEntity", "What they come back for."),
        period=one("RetentionPeriod", "The length of one interval."),
        totalIntervals=whole("The number of intervals."),
        retentionType=one("RetentionType", "Which of a person's start events count."),
        retentionCustomBrackets=whole_numbers("Lengths of intervals that are not all the same."),
        cumulative=flag("Whether people who come back later also count in earlier intervals."),
        minimumOccurrences=whole("How often they must come back."),
        timeWindowMode=one("TimeWindowMode", "Where intervals begin."),
        aggregationType=one("AggregationType", "What is computed."),
        aggregationProperty=text("The property that is computed."),
        aggregationPropertyType=one("AggregationPropertyType", "Whose property it is."),
    ),
    "StickinessCriteria": part(
        "How often something must happen for an interval to count.",
        operator=one("StickinessOperator", "How the numbers compare."),
        value=whole("The number of events."),
    ),
    "StickinessFilter": part(
        "What stickiness counts.",
        computedAs=one("StickinessComputationMode", "Exactly, or at least, so many intervals."),
        stickinessCriteria=one("StickinessCriteria", "When an interval counts."),
    ),
    "PathCleaningFilter": part(
        "A rule that renames steps.",
        regex=text("A regular expression."),
        alias=text("What replaces its matches."),
    ),
    "PathsFilter": part(
        "Which paths are shown.",
        includeEventTypes=many("PathType", "The kinds of events."),
        pathsHogQLExpression=text("The expression of the kind `hogql`."),
        startPoint=text("The first step."),
        endPoint=text("The last step."),
        excludeEvents=texts("Steps that are left out."),
        pathGroupings=texts("Patterns such as `/users/*` whose steps are one."),
        localPathCleaningFilters=many("PathCleaningFilter", "Rules that rename steps."),
        pathReplacements=flag("Whether the project's rules rename steps too."),
        edgeLimit=whole("At most so many pairs of steps."),
        stepLimit=whole("At most so many steps."),
        minEdgeWeight=whole("Pairs of fewer people are left out."),
        maxEdgeWeight=whole("Pairs of more people are left out."),
        pathStartKey=text("Of a list of people: the source of a pair, as in the answer."),
        pathEndKey=text("Of a list of people: the target of a pair."),
        pathDropoffKey=text("Of a list of people: the last step of their path."),
    ),
    "FunnelPathsFilter": part(
        "The part of a funnel whose people are shown.",
        "funnelSource",
        "funnelStep",
        funnelSource=one("FunnelsQuery", "The funnel."),
        funnelStep=whole(
            "The step, from 1; a negative number lists people who dropped off before it."
        ),
        funnelPathType=one("FunnelPathType", "Before, between or after steps."),
    ),
    "HogQLFilters": part("What `{filters}` stands for.", **DATES, **FILTERS, **TEST_ACCOUNTS),
    "HogQLVariable": part(
        "The value of a variable.",
        code_name=text("The name that stands in the SQL."),
        value=anything("A text, a number, a flag or a list of them."),
        isNull=flag("Whether the value is null."),
    ),
}

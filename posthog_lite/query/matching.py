"""Conditions for the events that a series counts."""

from __future__ import annotations

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import field
from posthog_lite.query.context import Action, ActionStep, QueryContext
from posthog_lite.query.elements import matches_attribute, matches_selector, matches_tag
from posthog_lite.query.errors import UnknownAction
from posthog_lite.query.filters import (
    filter_condition,
    properties_condition,
    test_account_condition,
)
from posthog_lite.query.nodes.common import InsightBase
from posthog_lite.query.nodes.properties import Operator, read_filter
from posthog_lite.query.nodes.reading import Reader
from posthog_lite.query.nodes.series import ActionsNode, EventsNode, GroupNode, Series
from posthog_lite.query.patterns import is_pattern
from posthog_lite.query.trees import FALSE, TRUE, all_of, any_of, compared, equals

OPERATORS = {
    "exact": Operator.EXACT,
    "contains": Operator.ICONTAINS,
    "regex": Operator.REGEX,
}


def base_condition(base: InsightBase, context: QueryContext) -> ast.Expr:
    """The condition of the query's own filters and, if asked for, of the test accounts."""
    accounts = test_account_condition(context) if base.filter_test_accounts else TRUE
    return all_of((properties_condition(base.properties, context), accounts))


def series_condition(series: Series, context: QueryContext) -> ast.Expr:
    """The condition of a series: its events and its filters."""
    return all_of((entity_condition(series, context), series_filters(series, context)))


def series_filters(series: Series, context: QueryContext) -> ast.Expr:
    """The condition of a series' filters alone."""
    return all_of(
        (
            properties_condition(series.properties, context),
            properties_condition(series.fixed_properties, context),
        )
    )


def entity_condition(series: Series, context: QueryContext) -> ast.Expr:
    """The condition of a series' events alone; members of a group bring their filters."""
    if isinstance(series, GroupNode):
        return any_of(series_condition(node, context) for node in series.nodes)
    if isinstance(series, ActionsNode):
        return action_condition(action_of(series, context), context)
    return event_condition(series)


def event_condition(series: EventsNode) -> ast.Expr:
    """The event has the name of the series; no name is any event."""
    return TRUE if series.event is None else equals(field("event"), series.event)


def is_known(series: Series, context: QueryContext) -> bool:
    """False for a series whose action is gone."""
    return not isinstance(series, ActionsNode) or series.id in context.actions


def action_of(series: ActionsNode, context: QueryContext) -> Action:
    """The action that a series names."""
    action = context.actions.get(series.id)
    if action is None:
        raise UnknownAction(series.id)
    return action


def action_condition(action: Action, context: QueryContext) -> ast.Expr:
    """The event matches any step of the action; an action without steps matches nothing."""
    return any_of(_step_condition(step, context) for step in action.steps)


def _step_condition(step: ActionStep, context: QueryContext) -> ast.Expr:
    readers = (Reader(item, "action.properties") for item in step.properties)
    return all_of(
        (
            TRUE if step.event is None else equals(field("event"), step.event),
            _url_condition(step),
            *_element_conditions(step),
            *(filter_condition(read_filter(reader), context) for reader in readers),
        )
    )


def _url_condition(step: ActionStep) -> ast.Expr:
    if not step.url:
        return TRUE
    url = field("properties", "$current_url")
    if step.url_matching == "exact":
        return equals(url, step.url)
    if step.url_matching == "regex":
        return compared(url, "=~", step.url) if is_pattern(step.url) else FALSE
    return compared(url, "like", f"%{step.url}%")


def _element_conditions(step: ActionStep) -> tuple[ast.Expr, ...]:
    found: list[ast.Expr] = []
    if step.selector:
        found.append(matches_selector(step.selector))
    if step.tag_name:
        found.append(matches_tag(step.tag_name))
    if step.text:
        found.append(matches_attribute("text", step.text, OPERATORS[step.text_matching]))
    if step.href:
        found.append(matches_attribute("href", step.href, OPERATORS[step.href_matching]))
    return tuple(found)


def entity_name(series: Series, context: QueryContext) -> str | None:
    """The name of a series' event or action; None for all events."""
    if isinstance(series, ActionsNode):
        action = context.actions.get(series.id)
        return action.name if action else series.name
    if isinstance(series, EventsNode):
        return series.event
    return series.name or ", ".join(
        entity_name(node, context) or "All events" for node in series.nodes
    )


def series_label(series: Series, context: QueryContext) -> str:
    """The label of a series' rows."""
    return entity_name(series, context) or "All events"

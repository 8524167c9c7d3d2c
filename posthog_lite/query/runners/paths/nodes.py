"""The nodes of paths: which events they are, and what they are called."""

from __future__ import annotations

import re
from functools import reduce

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.hogql.parser import parse_expr
from posthog_lite.query.context import QueryContext
from posthog_lite.query.errors import ParseError
from posthog_lite.query.nodes.paths import CleaningRule, PathsQuery, PathType
from posthog_lite.query.patterns import is_pattern
from posthog_lite.query.properties import PropertyPath, text_of
from posthog_lite.query.trees import TRUE, any_of, compared, equals, is_not_null, one_of

EVENT = field("event")
NAME_PROPERTIES = {PathType.PAGEVIEW: "$current_url", PathType.SCREEN: "$screen_name"}


def node_condition(query: PathsQuery) -> ast.Expr:
    """The events that are nodes; an expression makes nodes of all events."""
    if PathType.HOGQL in query.types:
        return TRUE
    found: list[ast.Expr] = [
        equals(EVENT, kind.value)
        for kind in query.types
        if kind in NAME_PROPERTIES and kind not in query.excluded
    ]
    if PathType.CUSTOM in query.types:
        found.append(compared(EVENT, "not like", "$%"))
    return any_of(found)


def node_name(query: PathsQuery, context: QueryContext) -> ast.Expr:
    """The name of an event's node as it came, null where an expression gives none."""
    name: ast.Expr = EVENT
    if PathType.HOGQL in query.types:
        if query.hogql is None:
            raise ParseError(
                "An expression is needed.", attr="query.pathsFilter.pathsHogQLExpression"
            )
        name = call("toString", parse_expr(query.hogql))
    for kind, key in NAME_PROPERTIES.items():
        if kind in query.types:
            text = text_of(PropertyPath("event", key), context)
            own = call("ifNull", text, constant(""))
            name = call("if", equals(EVENT, kind.value), own, name)
    return name


def shown_name(query: PathsQuery, context: QueryContext, name: ast.Expr) -> ast.Expr:
    """The name as it is shown: cleaned, by the project's rules first, and grouped by patterns."""
    of_project = context.path_cleaning if query.is_cleaned_by_project else ()
    rules = (*of_project, *query.cleaning)
    return _grouped(query.groupings, reduce(_replaced, rules, _without_slash(name)))


def name_conditions(query: PathsQuery, name: ast.Expr) -> list[ast.Expr]:
    """Return what the names of nodes must fulfil."""
    found = [is_not_null(name)]
    if query.excluded:
        found.append(ast.Not(one_of(name, query.excluded)))
    return found


def slashless(name: str) -> str:
    """A name without a slash at its end, which alone is a name."""
    return name[:-1] if len(name) > 1 and name.endswith("/") else name


def _without_slash(name: ast.Expr) -> ast.Expr:
    length = call("length", name)
    ends = ast.And((call("endsWith", name, constant("/")), call("greater", length, constant(1))))
    shorter = call("substring", name, constant(1), call("minus", length, constant(1)))
    return call("if", ends, shorter, name)


def _replaced(name: ast.Expr, rule: CleaningRule) -> ast.Expr:
    if not rule.regex or not is_pattern(rule.regex):
        return name
    # Backslashes of the replacement stand for themselves, not for groups.
    alias = rule.alias.replace("\\", "\\\\")
    return call("replaceRegexpAll", name, constant(rule.regex), constant(alias))


def _grouped(groupings: tuple[str, ...], name: ast.Expr) -> ast.Expr:
    """The last pattern that is found in the name, else the name itself."""
    pairs: list[ast.Expr] = []
    for group in reversed(groupings):
        pattern = re.escape(group).replace(r"\*", ".*")
        pairs += [compared(name, "=~", pattern), constant(group)]
    return call("multiIf", *pairs, name) if pairs else name

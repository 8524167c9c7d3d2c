"""Conditions on the elements of a page, as autocapture writes them into `elements_chain`."""

from __future__ import annotations

import re

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.errors import ParseError, UnsupportedQuery
from posthog_lite.query.nodes.properties import Operator, PropertyFilter
from posthog_lite.query.patterns import is_pattern
from posthog_lite.query.trees import FALSE, any_of, compared

CHAIN = field("elements_chain")
NEGATED = frozenset({Operator.IS_NOT, Operator.NOT_IN, Operator.NOT_ICONTAINS, Operator.NOT_REGEX})
TEXT = re.compile(r"[^\x00]*")
PART = re.compile(
    r"""(?P<tag>^[A-Za-z*][\w-]*) | \#(?P<id>[\w-]+) | \.(?P<css>[\w-]+)
    | \[(?P<attribute>[\w-]+)=["']?(?P<value>[^"'\]]*)["']?\] | :nth-child\((?P<nth>\d+)\)""",
    re.VERBOSE,
)
MAX_SELECTOR = 1_000
DIRECT = frozenset(">")


def element_condition(prop: PropertyFilter) -> ast.Expr:
    """The condition of a filter of type `element`."""
    found = any_of(_one(prop, str(value)) for value in prop.values or ("",))
    if prop.operator is Operator.IS_NOT_SET:
        return ast.Not(found)
    return ast.Not(found) if prop.operator in NEGATED else found


def _one(prop: PropertyFilter, value: str) -> ast.Expr:
    if prop.key == "selector":
        return matches_selector(value)
    if prop.key == "tag_name":
        return matches_tag(value)
    if prop.key in ("text", "href"):
        return matches_attribute(prop.key, value, prop.operator)
    raise UnsupportedQuery(f"Elements have no property {prop.key}.")


def matches_tag(tag: str) -> ast.Expr:
    """True when an element of the chain has this tag."""
    return compared(CHAIN, "=~", rf"(^|;){re.escape(tag)}(\.|$|;|:)")


def matches_attribute(name: str, value: str, operator: Operator) -> ast.Expr:
    """True when an element of the chain carries the attribute with a matching value."""
    escaped = value.replace('"', '\\"')
    if operator in (Operator.IS_SET, Operator.IS_NOT_SET):
        return compared(CHAIN, "=~", f'{name}="')
    if operator in (Operator.REGEX, Operator.NOT_REGEX):
        return _has_matching(name, value) if is_pattern(value) else FALSE
    if operator in (Operator.ICONTAINS, Operator.NOT_ICONTAINS):
        return compared(CHAIN, "=~*", rf'{name}="([^"\\]|\\.)*?{re.escape(escaped)}')
    return compared(CHAIN, "=~", f'{name}="{re.escape(escaped)}"')


def _has_matching(name: str, pattern: str) -> ast.Expr:
    """True when any value of the attribute matches a regular expression."""
    found = call("extractAll", CHAIN, constant(rf'{name}="((?:[^"\\]|\\.)*)"'))
    matches = ast.Lambda(("value",), compared(field("value"), "=~", pattern))
    return call("arrayExists", matches, found)


def matches_selector(selector: str) -> ast.Expr:
    """True when the chain has elements as a CSS selector describes them."""
    return compared(CHAIN, "=~", selector_pattern(selector))


def selector_pattern(selector: str) -> str:
    """The regular expression of a CSS selector; a chain begins with the innermost element."""
    if len(selector) > MAX_SELECTOR:
        raise ParseError(f"A selector has at most {MAX_SELECTOR} characters.")
    tokens = re.sub(r"\s*>\s*", " > ", selector.strip()).split()
    pattern, direct = "", True
    for token in reversed(tokens):
        if token in DIRECT:
            direct = True
            continue
        if pattern:
            pattern += "" if direct else "([^;]*;)*?"
        pattern += _element_pattern(token)
        direct = False
    return f"(^|;){pattern}"


def _element_pattern(token: str) -> str:
    tag, classes, attributes = "", [], []
    for found in PART.finditer(token):
        if found["tag"]:
            tag = "" if found["tag"] == "*" else re.escape(found["tag"])
        elif found["css"]:
            classes.append(found["css"])
        else:
            attributes.append(_attribute_pattern(found))
    body = tag or "[^;.:]*"
    # Classes and attributes stand in the chain in alphabetical order.
    body += "".join(rf"[^;:]*?\.{re.escape(name)}" for name in sorted(classes))
    body += "".join(f"[^;]*?{attribute}" for attribute in sorted(attributes))
    return body + r"($|[.:;]([^;]*(;|$))?)" if not attributes else body + "[^;]*(;|$)"


def _attribute_pattern(found: re.Match[str]) -> str:
    if found["nth"]:
        return f'nth-child="{found["nth"]}"'
    if found["id"]:
        return f'attr_id="{re.escape(found["id"])}"'
    name, value = found["attribute"], re.escape(found["value"])
    return f'attr_id="{value}"' if name == "id" else f'{re.escape(name)}="{value}"'

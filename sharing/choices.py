"""The variables of a dashboard that a member may choose values for, and its filters in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import orjson

from dashboards.filters.layers import FilterLayer
from dashboards.models.variable import VariableType
from dashboards.queries.properties import Group, Leaf
from dashboards.selectors.variables import list_variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.http import QueryDict

    from dashboards.models import InsightVariable
    from dashboards.queries.properties import Part
    from posthog_lite.accounts.models import Project

    Entries = dict[str, Any]

PREFIX = "variable-"  # before the code name, in an address
LONGEST_VALUE = 400
MOST_CHOICES = 50
MOST_FILTERS = 20
INPUT_TYPES = {VariableType.NUMBER: "number", VariableType.DATE: "date"}
WORDS_FOR_OPERATORS = {
    "exact": "=",
    "is_not": "≠",
    "icontains": "contains",
    "not_icontains": "does not contain",
    "regex": "matches",
    "not_regex": "does not match",
    "gt": ">",
    "gte": "≥",
    "lt": "<",
    "lte": "≤",
    "is_set": "is set",
    "is_not_set": "is not set",
    "is_date_before": "before",
    "is_date_after": "after",
    "is_date_exact": "on",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A field of the form: a variable, its value, and the values there are where they are few."""

    name: str
    field: str
    value: str
    options: Sequence[tuple[str, bool]] = ()  # each with whether it is chosen
    is_multi: bool = False
    input_type: str = "text"


def read_chosen(query: QueryDict, project: Project) -> Entries:
    """Return the values that an address gives to variables, as a dashboard would store them.

    What a variable cannot have is left out.
    """
    if not any(name.startswith(PREFIX) for name in query):
        return {}
    found = {}
    for variable in list_variables(project=project):
        given = [text for text in query.getlist(f"{PREFIX}{variable.code_name}") if text]
        values = [value for text in given if (value := _value(variable, text)) is not None]
        if values:
            value = values if variable.is_multi else values[0]
            entry = {"code_name": variable.code_name, "variableId": str(variable.pk)}
            found[str(variable.pk)] = entry | {"value": value, "isNull": False}
    return found


def list_choices(
    *, project: Project, queries: Iterable[str | None], values: Entries
) -> list[Choice]:
    """Return the variables that some queries of a dashboard use, with the values they have."""
    used = {key for query in queries for key in _used(query)}
    if not used:
        return []
    rows = list_variables(project=project)
    return [
        _choice(variable, values.get(str(variable.pk)))
        for variable in rows
        if variable.code_name in used
    ][:MOST_CHOICES]


def parameters(query: QueryDict) -> dict[str, list[str]]:
    """Return the parameters of an address that are about variables."""
    return {
        name: [text[:LONGEST_VALUE] for text in query.getlist(name)]
        for name in query
        if name.startswith(PREFIX)
    }


def filters_in_words(filters: dict[str, Any]) -> str:
    """Return the property filters of a dashboard in words; "" where it has none."""
    return _joined(FilterLayer.read(filters).properties[:MOST_FILTERS], "and")


def _joined(parts: Sequence[Part], word: str) -> str:
    return f" {word} ".join(_in_words(part) for part in parts)


def _in_words(part: Part) -> str:
    if isinstance(part, Group):
        return f"({_joined(part.parts, part.connector.lower())})"
    return _comparison(part)


def _comparison(leaf: Leaf) -> str:
    key = str(leaf.sent.get("key", "a property"))[:LONGEST_VALUE]
    words = WORDS_FOR_OPERATORS.get(leaf.operator, leaf.operator)
    if leaf.operator in ("is_set", "is_not_set"):
        return f"{key} {words}"
    return f"{key} {words} {' or '.join(sorted(leaf.values))[:LONGEST_VALUE]}"


def _used(query: str | None) -> Iterable[str]:
    """Yield the code names of the variables that the text of a query lists."""
    if query is None or '"variables"' not in query:
        return
    node = orjson.loads(query)
    while isinstance(node, dict) and isinstance(node.get("source"), dict):
        node = node["source"]
    entries = node.get("variables") if isinstance(node, dict) else None
    for entry in entries.values() if isinstance(entries, dict) else ():
        if isinstance(entry, dict) and isinstance(entry.get("code_name"), str):
            yield entry["code_name"]


def _choice(variable: InsightVariable, entry: Any) -> Choice:
    value = entry.get("value") if isinstance(entry, dict) else None
    value = variable.default_value if value is None else value
    chosen = [_text(one) for one in (value if isinstance(value, list) else [value])]
    return Choice(
        variable.name,
        f"{PREFIX}{variable.code_name}",
        chosen[0] if chosen else "",
        [(text, text in chosen) for text in _options(variable)],
        variable.is_multi,
        INPUT_TYPES.get(VariableType(variable.type), "text"),
    )


def _options(variable: InsightVariable) -> list[str]:
    if variable.type == VariableType.BOOLEAN:
        return ["true", "false"]
    if variable.type != VariableType.LIST or not isinstance(variable.values, list):
        return []
    return [_text(value) for value in variable.values]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _value(variable: InsightVariable, text: str) -> Any:
    """Return what a text means for a variable; None for a text that is not among its values."""
    match variable.type:
        case VariableType.NUMBER:
            return _number(text)
        case VariableType.BOOLEAN:
            return {"true": True, "false": False}.get(text)
        case VariableType.LIST:
            values = variable.values if isinstance(variable.values, list) else []
            return next((value for value in values if _text(value) == text), None)
        case VariableType.DATE:
            return text if _is_date(text) else None
    return text[:LONGEST_VALUE]


def _number(text: str) -> int | float | None:
    try:
        number = float(text[:LONGEST_VALUE])
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True

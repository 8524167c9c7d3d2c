"""Property filters, typed: leaves that compare a property, and groups that join them.

Filters are stored as clients send them. They are read into these values once, and whatever stands
where no filter can stand is left out, as it always was: nothing here raises for stored JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from posthog_lite.query.filters import text_form

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON: TypeAlias = dict[str, Any]
Subject: TypeAlias = tuple[str, str | None, str | None]

CONNECTORS = ("AND", "OR")
INCOMPARABLE_TYPES = ("cohort", "hogql")
DEFAULT_OPERATOR = "exact"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A comparison, as it was sent, with its parts in the form in which they are compared.

    `subject` names the property that is looked at; it is None where two filters on it cannot be
    compared. `values` are text, as properties are stored.
    """

    sent: JSON
    subject: Subject | None
    operator: str
    values: frozenset[str]

    @classmethod
    def read(cls, sent: JSON) -> Leaf:
        """Return the leaf that an object stands for, whatever it holds."""
        operator, value = sent.get("operator"), sent.get("value")
        items = value if isinstance(value, list) else [value]
        texts = (as_text(item) for item in items if item != "")
        return cls(
            sent,
            _subject(sent),
            operator if isinstance(operator, str) else DEFAULT_OPERATOR,
            frozenset(text for text in texts if text is not None),
        )

    def to_json(self) -> JSON:
        return self.sent


@dataclass(frozen=True, slots=True)
class Group:
    """Filters of which all (AND) or any (OR) must hold."""

    connector: str
    parts: tuple[Part, ...]

    def to_json(self) -> JSON:
        return {"type": self.connector, "values": [part.to_json() for part in self.parts]}


Part: TypeAlias = Leaf | Group


def read_properties(properties: Any) -> tuple[Part, ...]:
    """Return what must hold, all of it, of a list of filters or of a group.

    AND groups are laid open, as they say the same; OR groups stay unless they have one part.
    """
    if is_group(properties) and properties["type"] == "OR":
        return tuple(_alternative(properties))
    items = properties.get("values") if is_group(properties) else properties
    if not isinstance(items, list):
        return ()
    return tuple(part for item in items for part in _read_item(item))


def is_group(item: Any) -> bool:
    """Return whether an item of a list of filters is a group of further ones."""
    return isinstance(item, dict) and item.get("type") in CONNECTORS


def is_flat(parts: tuple[Part, ...]) -> bool:
    """Return whether a plain list of comparisons says it all."""
    return all(isinstance(part, Leaf) for part in parts)


def count_leaves(parts: tuple[Part, ...]) -> int:
    """Return how many comparisons the parts hold."""
    return sum(1 if isinstance(part, Leaf) else count_leaves(part.parts) for part in parts)


def as_text(value: Any) -> str | None:
    """Return a scalar as the text it is stored as: 1.0 is 1, True is true; None for all else."""
    return None if value is None or isinstance(value, (dict, list)) else text_form(value)


def _read_item(item: Any) -> Iterator[Part]:
    if is_group(item):
        yield from read_properties(item)
    elif isinstance(item, dict):
        yield Leaf.read(item)


def _alternative(group: JSON) -> Iterator[Part]:
    """Yield the OR group, or its only part; nothing where it has none."""
    items = group.get("values")
    branches = [_branch(item) for item in items] if isinstance(items, list) else []
    parts = tuple(branch for branch in branches if branch is not None)
    if len(parts) == 1:
        yield parts[0]
    elif parts:
        yield Group("OR", parts)


def _branch(item: Any) -> Part | None:
    parts = tuple(_read_item(item))
    if len(parts) > 1:
        return Group("AND", parts)
    return parts[0] if parts else None


def _subject(sent: JSON) -> Subject | None:
    kind = sent.get("type")
    names = [sent.get("key"), kind, sent.get("group_type_index")]
    key, *others = (as_text(name) for name in names)
    if key is None or kind in INCOMPARABLE_TYPES or _is_odd(names):
        return None
    return (key, others[0], others[1])


def _is_odd(names: list[Any]) -> bool:
    return any(isinstance(name, (dict, list)) for name in names)

"""Which property filters cannot hold at once: the weaker layer's then gives way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    Leaf = dict[str, Any]

EQUAL = frozenset({"exact", "in"})
NOT_EQUAL = frozenset({"is_not", "not_in"})
NEEDS_A_VALUE = EQUAL | {"icontains", "regex"}
INCOMPARABLE_TYPES = frozenset({"cohort", "hogql"})


def and_leaves(properties: Any) -> list[Leaf] | None:
    """The filters of a list or of nested AND groups; None for anything else, OR groups too."""
    if isinstance(properties, dict) and properties.get("type") == "AND":
        properties = properties.get("values")
    if not isinstance(properties, list):
        return None
    leaves: list[Leaf] = []
    for item in properties:
        if not isinstance(item, dict):
            return None
        inner = and_leaves(item) if item.get("type") in ("AND", "OR") else [item]
        if inner is None:
            return None
        leaves += inner
    return leaves


def without_contradicted(properties: Any, winners: list[Leaf]) -> Any:
    """`properties`, a list or group, without the filters that one of `winners` rules out.

    Groups this empties are left out as well.
    """
    if isinstance(properties, list):
        return list(_kept(properties, winners))
    if isinstance(properties, dict) and isinstance(properties.get("values"), list):
        return {**properties, "values": list(_kept(properties["values"], winners))}
    return properties


def _kept(items: list[Any], winners: list[Leaf]) -> Iterable[Any]:
    for item in items:
        if isinstance(item, dict) and isinstance(item.get("values"), list):
            group = without_contradicted(item, winners)
            if group["values"] or not item["values"]:
                yield group
        elif not any(contradict(item, winner) for winner in winners):
            yield item


def contradict(one: Any, other: Any) -> bool:
    """Whether nothing can pass both filters, as far as can be told from the filters alone."""
    if not _comparable(one, other):
        return False
    return _rules_out(one, other) or _rules_out(other, one)


def _comparable(one: Any, other: Any) -> bool:
    if not isinstance(one, dict) or not isinstance(other, dict) or one.get("key") is None:
        return False
    if one.get("type") in INCOMPARABLE_TYPES:
        return False
    return all(one.get(part) == other.get(part) for part in ("key", "type", "group_type_index"))


def _rules_out(one: Leaf, other: Leaf) -> bool:
    """One direction of `contradict`: the operator pairs are written once."""
    left, right = _operator(one), _operator(other)
    values, others = _values(one), _values(other)
    if left == "is_not_set":
        return right == "is_set" or (right in NEEDS_A_VALUE and bool(others))
    if not values or not others:
        return False  # a filter without a value lets everything pass
    if left in EQUAL and right in EQUAL:
        return values.isdisjoint(others)
    if left in EQUAL and right in NOT_EQUAL:
        return values <= others
    if left == "icontains" and right == "not_icontains":
        return all(any(out.lower() in needle.lower() for out in others) for needle in values)
    return left == "regex" and right == "not_regex" and values == others


def _operator(leaf: Leaf) -> str:
    operator = leaf.get("operator")
    return operator if isinstance(operator, str) else "exact"


def _values(leaf: Leaf) -> set[str]:
    value = leaf.get("value")
    items = value if isinstance(value, list) else [value]
    return {_as_text(item) for item in items if item is not None and item != ""}


def _as_text(value: Any) -> str:
    """Numbers and booleans compare as the text they are stored as: 1.0 is 1, True is true."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)

"""Property filters that cannot hold at once: the weaker layer's then gives way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards.queries.properties import Group, Leaf, is_group

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dashboards.queries.properties import JSON, Part, Subject

EQUAL = frozenset({"exact", "in"})
NOT_EQUAL = frozenset({"is_not", "not_in"})
NEEDS_A_VALUE = EQUAL | {"icontains", "regex"}
# So many filters on one property are compared with another one; the rest simply hold as well.
MOST_COMPARED = 20


class Winners:
    """The filters of a stronger layer, by the property that they are about.

    A weaker filter is compared with those on its own property only, and each comparison is made
    once: what a layer costs grows with its size, not with the product of two sizes.
    """

    def __init__(self, parts: Iterable[Part]) -> None:
        self._by_subject: dict[Subject, list[Leaf]] = {}
        for part in parts:
            if isinstance(part, Leaf):
                self._add(part)
        self._known: dict[tuple[Any, ...], bool] = {}

    def __bool__(self) -> bool:
        return bool(self._by_subject)

    def rule_out(self, leaf: Leaf) -> bool:
        """Return whether nothing can pass both this filter and one of the winners."""
        if leaf.subject not in self._by_subject:
            return False
        name = (leaf.subject, leaf.operator, leaf.values)
        if name not in self._known:
            winners = self._by_subject[leaf.subject]
            self._known[name] = any(contradict(leaf, winner) for winner in winners)
        return self._known[name]

    def _add(self, leaf: Leaf) -> None:
        if leaf.subject is None:
            return
        known = self._by_subject.setdefault(leaf.subject, [])
        if len(known) < MOST_COMPARED and not any(
            leaf.operator == other.operator and leaf.values == other.values for other in known
        ):
            known.append(leaf)


def contradict(one: Leaf, other: Leaf) -> bool:
    """Return whether nothing can pass both, as far as the filters alone can say."""
    if one.subject is None or one.subject != other.subject:
        return False
    return _rules_out(one, other) or _rules_out(other, one)


def kept_parts(parts: Iterable[Part], winners: Winners) -> Iterator[Part]:
    """Yield the parts of a layer that the winners leave; groups that this empties go."""
    for part in parts:
        if isinstance(part, Leaf):
            if not winners.rule_out(part):
                yield part
            continue
        inner = tuple(kept_parts(part.parts, winners))
        if inner:
            yield inner[0] if len(inner) == 1 else Group(part.connector, inner)


def without_contradicted(properties: Any, winners: Winners) -> Any:
    """Return a query's own `properties`, a list or group, without what the winners rule out.

    Everything else stays as it was sent, whatever it is; groups that this empties go.
    """
    if isinstance(properties, list):
        return list(_kept_items(properties, winners))
    if is_group(properties) and isinstance(properties.get("values"), list):
        return {**properties, "values": list(_kept_items(properties["values"], winners))}
    return properties


def _kept_items(items: list[Any], winners: Winners) -> Iterator[Any]:
    for item in items:
        if is_group(item):
            group: JSON = without_contradicted(item, winners)
            if group.get("values") or not item.get("values"):
                yield group
        elif not isinstance(item, dict) or not winners.rule_out(Leaf.read(item)):
            yield item


def _rules_out(one: Leaf, other: Leaf) -> bool:
    """Compare in one direction: so the pairs of operators are written once."""
    left, right = one.operator, other.operator
    if left == "is_not_set":
        return right == "is_set" or (right in NEEDS_A_VALUE and bool(other.values))
    if not one.values or not other.values:
        return False  # a filter without a value lets everything pass
    if left in EQUAL and right in EQUAL:
        return one.values.isdisjoint(other.values)
    if left in EQUAL and right in NOT_EQUAL:
        return one.values <= other.values
    if left == "icontains" and right == "not_icontains":
        return all(
            any(out.lower() in needle.lower() for out in other.values) for needle in one.values
        )
    return left == "regex" and right == "not_regex" and one.values == other.values

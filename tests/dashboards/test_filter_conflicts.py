from __future__ import annotations

from typing import Any

import pytest

from dashboards.filters import conflicts
from dashboards.filters.conflicts import Winners, kept_parts
from dashboards.queries.properties import Leaf, read_properties


def contradict(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return conflicts.contradict(Leaf.read(one), Leaf.read(other))


def without_contradicted(properties: Any, winners: list[dict[str, Any]]) -> Any:
    return conflicts.without_contradicted(properties, Winners(read_properties(winners)))


def leaf(operator: str | None, value: Any = None, **fields: Any) -> dict[str, Any]:
    return {"key": "plan", "type": "event", "operator": operator, "value": value, **fields}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (leaf("exact", "free"), leaf("exact", "paid")),
        (leaf(None, "free"), leaf("in", ["paid", "trial"])),
        (leaf("exact", ["free", "paid"]), leaf("is_not", ["free", "paid", "trial"])),
        (leaf("exact", "free"), leaf("not_in", ["free"])),
        (leaf("is_not_set"), leaf("is_set")),
        (leaf("is_not_set"), leaf("exact", "free")),
        (leaf("is_not_set"), leaf("icontains", "fr")),
        (leaf("is_not_set"), leaf("regex", "f.*")),
        (leaf("icontains", "Freemium"), leaf("not_icontains", "free")),
        (leaf("regex", "f.*"), leaf("not_regex", "f.*")),
        (leaf("exact", True), leaf("exact", "false")),
        (leaf("exact", 1), leaf("exact", "2")),
    ],
)
def test_these_filters_contradict_each_other(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert contradict(one, other)
    assert contradict(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (leaf("exact", ["free", "paid"]), leaf("exact", "paid")),
        (leaf("exact", ["free", "paid"]), leaf("is_not", "free")),
        (leaf("exact", "free", key="other"), leaf("exact", "paid")),
        (leaf("exact", "free", type="person"), leaf("exact", "paid")),
        (leaf("exact", "a", group_type_index=0), leaf("exact", "b", group_type_index=1)),
        (leaf("exact", 1, type="cohort"), leaf("exact", 2, type="cohort")),
        (leaf("exact", "1", type="hogql"), leaf("exact", "2", type="hogql")),
        (leaf("exact", True), leaf("exact", "true")),
        (leaf("exact", 1.0), leaf("exact", "1")),
        (leaf("exact", []), leaf("exact", "paid")),
        (leaf("exact", None), leaf("is_not_set")),
        (leaf("icontains", "mium"), leaf("not_icontains", "free")),
        (leaf("regex", "f.*"), leaf("not_regex", "g.*")),
        (leaf("gt", 5), leaf("lt", 3)),
        (leaf("is_set"), leaf("exact", "free")),
        ({}, {}),
    ],
)
def test_these_filters_may_hold_together(one: Any, other: Any) -> None:
    assert not contradict(one, other)
    assert not contradict(other, one)


def test_emptied_groups_are_pruned_and_the_rest_stays() -> None:
    other = leaf("exact", "x", key="other")
    own = {
        "type": "AND",
        "values": [
            {"type": "AND", "values": [leaf("exact", "free")]},
            {"type": "OR", "values": [leaf("exact", "free"), other]},
            {"type": "AND", "values": []},
        ],
    }

    assert without_contradicted(own, [leaf("exact", "paid")]) == {
        "type": "AND",
        "values": [{"type": "OR", "values": [other]}, {"type": "AND", "values": []}],
    }


@pytest.mark.parametrize("odd", [None, "text", 5, {"type": "AND"}, {"values": 3}])
def test_what_is_no_list_or_group_stays(odd: Any) -> None:
    assert without_contradicted(odd, [leaf("exact", "paid")]) == odd


def test_and_groups_are_laid_open_and_or_groups_are_not() -> None:
    one, two = leaf("exact", "a"), leaf("exact", "b")
    either = {"type": "OR", "values": [one, two]}

    def read(properties: Any) -> list[Any]:
        return [part.to_json() for part in read_properties(properties)]

    assert read([one, {"type": "AND", "values": [two]}]) == [one, two]
    assert read({"type": "AND", "values": [{"type": "AND", "values": [one]}, two]}) == [one, two]
    assert read({"type": "OR", "values": [one]}) == [one]
    assert read([either, {"type": "OR", "values": []}]) == [either]
    assert read({"type": "OR", "values": [{"type": "AND", "values": [one, two]}, one]}) == [
        {"type": "OR", "values": [{"type": "AND", "values": [one, two]}, one]}
    ]
    for odd in ("x", None, [3], {}, {"type": "AND"}, {"type": ["AND"], "values": [one]}):
        assert read(odd) == []


def test_what_is_compared_grows_with_the_filters_and_not_with_their_product(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[int] = []
    contradict_ = conflicts.contradict

    def count(one: Leaf, other: Leaf) -> bool:
        compared.append(1)
        return contradict_(one, other)

    monkeypatch.setattr(conflicts, "contradict", count)
    for values in (["v"] * 1000, [str(number) for number in range(1000)]):
        compared.clear()
        many = read_properties([leaf("gt", value) for value in values])
        assert len(list(kept_parts(many, Winners(many)))) == 1000
        assert len(compared) <= 20 * len(set(values))

"""Reads the rows of a trends answer into series with names and looks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from posthog_lite.query.breakdowns import WORDS
from sharing.charts.colors import Customizations, Look, Palette
from sharing.charts.drawing import Table, make_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sharing.charts.formats import NumberFormat


@dataclass(frozen=True, slots=True)
class Series:
    """A row of a trends answer with its name and look."""

    name: str
    data: list[Any]
    labels: list[Any]
    total: Any
    look: Look
    is_previous: bool
    value: Any = None  # the breakdown value


def read_series(
    rows: Sequence[Mapping[str, Any]], settings: Mapping[str, Any], palette: Palette
) -> list[Series]:
    """Return the series of trends rows. Names are made different where they are the same."""
    chosen = Customizations(settings, palette)
    current = sum(row.get("compare_label") != "previous" for row in rows)
    series, orders = [], {True: 0, False: 0}
    for position, row in enumerate(rows):
        is_previous = row.get("compare_label") == "previous"
        order = orders[is_previous]
        orders[is_previous] += 1
        series.append(
            Series(
                name=series_name(row, has_several=current > 1),
                data=_list(row.get("data")),
                labels=_list(row.get("labels")),
                total=row.get("aggregated_value", row.get("count")),
                look=chosen.look(row, position, order),
                is_previous=is_previous,
                value=row.get("breakdown_value"),
            )
        )
    return _with_different_names(series)


def series_name(row: Mapping[str, Any], *, has_several: bool) -> str:
    """Return what a row is called: its own name, and its breakdown value in words."""
    action = row.get("action")
    custom = action.get("custom_name") if isinstance(action, dict) else None
    label = str(custom or row.get("label") or "")
    for sentinel, words in WORDS.items():
        label = label.replace(sentinel, words)
    value = row.get("breakdown_value")
    if custom and value is not None:
        parts = value if isinstance(value, list) else [value]
        label = f"{custom} - {'::'.join(WORDS.get(str(p), str(p)) for p in parts)}"
    if row.get("compare_label") == "previous":
        label = f"{label} (previous)" if has_several else "Previous"
    return label or "Untitled series"


def legend_of(series: Sequence[Series]) -> dict[str, bool]:
    """Return the names of series, and whether each is shown at first."""
    return {one.name: not one.look.is_hidden for one in series}


def names_of(series: Sequence[Series]) -> str:
    """Return the names of some series in words."""
    names = [one.name for one in series[:3]]
    more = len(series) - len(names)
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def labels_of(series: Sequence[Series]) -> list[Any]:
    """Return the labels of the longest series."""
    return max((one.labels for one in series), key=len, default=[])


def time_table(series: Sequence[Series], number_format: NumberFormat) -> Table:
    """Return the values of each series by bucket."""
    labels = labels_of(series)
    rows = [
        [str(label), *(number_format.text(_at(one.data, n)) for one in series)]
        for n, label in enumerate(labels)
    ]
    return make_table(["Date", *(one.name for one in series)], rows)


def _with_different_names(series: list[Series]) -> list[Series]:
    """The legend tells series apart by name."""
    seen: dict[str, int] = {}
    named = []
    for one in series:
        seen[one.name] = seen.get(one.name, 0) + 1
        is_first = seen[one.name] == 1
        named.append(one if is_first else replace(one, name=f"{one.name} ({seen[one.name]})"))
    return named


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _at(data: Sequence[Any], n: int) -> Any:
    return data[n] if n < len(data) else None

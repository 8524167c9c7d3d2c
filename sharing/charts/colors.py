"""Chooses the colors of series: as set, by breakdown value, else in the theme's order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from themes.palettes import is_color

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOKEN = re.compile(r"preset-([1-9][0-9]{0,2})")
GREY = "#8a8f9c"
PALE = 0.45  # opacity of the period before


@dataclass(frozen=True, slots=True)
class Palette:
    """The colors of a theme, and those that a dashboard gives to breakdown values."""

    colors: tuple[str, ...]
    by_breakdown: Mapping[str, str]

    def at(self, position: int) -> str:
        """Return the color of the series at a position; short themes begin anew."""
        return self.colors[position % len(self.colors)] if self.colors else GREY

    def token(self, token: Any) -> str | None:
        """Return the color of `preset-N`, or of a color given as such."""
        if not isinstance(token, str):
            return None
        found = TOKEN.fullmatch(token)
        if found:
            return self.at(int(found[1]) - 1)
        return token if is_color(token) else None


@dataclass(frozen=True, slots=True)
class Look:
    """The color of one series, and whether it is hidden at first."""

    color: str
    is_hidden: bool = False


def make_palette(colors: Sequence[Any], breakdown_colors: Any) -> Palette:
    """Return the palette of a theme and a dashboard's `breakdown_colors`; junk left out."""
    usable = tuple(color for color in colors if is_color(color))
    palette = Palette(usable, {})
    entries = breakdown_colors if isinstance(breakdown_colors, list) else []
    chosen = {
        str(entry.get("breakdownValue")): color
        for entry in entries
        if isinstance(entry, dict) and (color := palette.token(entry.get("colorToken")))
    }
    return Palette(usable, chosen)


class Customizations:
    """Reads `resultCustomizations` and the older `hiddenLegendIndexes` of an insight."""

    def __init__(self, settings: Mapping[str, Any], palette: Palette) -> None:
        self._palette = palette
        chosen = settings.get("resultCustomizations")
        self._by_key = chosen if isinstance(chosen, dict) else {}
        self._by_position = settings.get("resultCustomizationBy") == "position"
        self._hidden = _numbers(settings.get("hiddenLegendIndexes"))
        self._by_identity = [
            (identity, value) for key, value in self._by_key.items() if (identity := _identity(key))
        ]

    def look(self, row: Mapping[str, Any], position: int, order: int) -> Look:
        """Return the look of a trends row at a position; `order` counts series without compare."""
        chosen = self._chosen(row, position)
        color = self._palette.token(chosen.get("color")) or self._breakdown_color(row)
        hidden = chosen.get("hidden") is True or position in self._hidden
        return Look(color or self._palette.at(order), hidden)

    def _chosen(self, row: Mapping[str, Any], position: int) -> Mapping[str, Any]:
        if self._by_position:
            found = self._by_key.get(str(position))
        else:
            own = series_identity(row)
            found = next((value for key, value in self._by_identity if key == own), None)
        return found if isinstance(found, dict) else {}

    def _breakdown_color(self, row: Mapping[str, Any]) -> str | None:
        value = row.get("breakdown_value")
        parts = value if isinstance(value, list) else [value]
        return self._palette.by_breakdown.get("::".join(str(part) for part in parts))


def series_identity(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what names a trends row in `resultCustomizations`."""
    action = row.get("action")
    order = action.get("order") if isinstance(action, dict) else None
    identity: dict[str, Any] = {"series": order if isinstance(order, int) else "formula"}
    if row.get("breakdown_value") is not None:
        value = row["breakdown_value"]
        identity["breakdown_value"] = value if isinstance(value, list) else [value]
    if row.get("compare_label") is not None:
        identity["compare_label"] = row["compare_label"]
    return identity


def _numbers(value: Any) -> set[int]:
    return {n for n in value if isinstance(n, int)} if isinstance(value, list) else set()


def _identity(key: str) -> dict[str, Any] | None:
    try:
        value = orjson.loads(key)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None

"""Makes the cards of a page: a text as safe HTML, or an insight with what is drawn of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString, mark_safe

from dashboards.layouts import packed
from sharing.charts.draw import draw
from sharing.charts.drawing import Drawing
from sharing.json_elements import json_element
from themes.palettes import is_color

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboards.layouts import Box
    from posthog_lite.accounts.models import Project
    from sharing.charts.colors import Palette
    from sharing.contents import Slot

TILE_COLORS = frozenset({"blue", "green", "purple", "black", "white"})
NOT_SHOWN = "This card could not be shown."
NO_TEXT = SafeString("")


@dataclass(frozen=True, slots=True)
class CardPosition:
    """Position and color of a card; `number` ties it to its style."""

    number: int
    box: Box | None = None
    color: str = ""

    @property
    def own_color(self) -> str:
        """A color that is not a name but `#rrggbb`, for the page's style element."""
        return self.color if is_color(self.color) else ""


@dataclass(frozen=True, slots=True)
class Card:
    """One tile: a text as `body`, or an insight by name."""

    position: CardPosition
    body: SafeString | None = None
    name: str = ""
    description: SafeString = NO_TEXT
    tags: Sequence[str] = ()
    drawing: Drawing | None = None
    as_of: datetime | None = None
    is_detailed: bool = False  # the table of the data is open at first
    insight_id: int | None = None

    @property
    def chart_id(self) -> str:
        """The id of the element that holds what the chart library is to draw."""
        return f"chart-{self.position.number}"

    @property
    def as_of_words(self) -> str:
        """Return the moment of the result in the project's time zone; templates turn it to UTC."""
        return "" if self.as_of is None else f"{self.as_of.day} {self.as_of:%b %Y, %H:%M %Z}"

    @property
    def as_of_iso(self) -> str:
        """The same moment for programs."""
        return "" if self.as_of is None else self.as_of.isoformat()

    @property
    def chart_data(self) -> SafeString:
        """The element that holds what the chart library is to draw."""
        return json_element(self.drawing.option if self.drawing else None, self.chart_id)


@dataclass(frozen=True, slots=True)
class CardMaker:
    """Makes the cards of a page. `now` may be up to a quarter of an hour ago."""

    slots: Sequence[Slot]
    positions: Sequence[CardPosition]
    rendered: Mapping[str, SafeString]
    palette: Palette
    zone: ZoneInfo
    now: datetime
    is_detailed: bool
    has_legends: bool

    @property
    def look(self) -> bytes:
        """All that a card depends on beside its own position, text and tile."""
        parts = (self.palette, self.zone.key, self.now, self.is_detailed, self.has_legends)
        return repr(parts).encode()

    def html(self, order: int) -> SafeString:
        """Return the text of a tile, or what describes its insight."""
        return self.rendered.get(self.slots[order].markdown, NO_TEXT)

    def failure(self, order: int) -> Card:
        """Return the card of a tile that cannot be shown."""
        drawing = Drawing(words=NOT_SHOWN, is_failure=True)
        return Card(self.positions[order], name="Card", drawing=drawing)

    def card(self, order: int, tile: Mapping[str, Any]) -> Card:
        """Return the card of a tile as the API shows it."""
        position, html = self.positions[order], self.html(order)
        insight = tile.get("insight")
        if tile.get("error"):
            return self.failure(order)
        if insight is None:
            return Card(position, body=html)
        return Card(
            position,
            name=insight.get("name") or insight.get("derived_name") or "Untitled insight",
            description=html,
            tags=insight.get("tags") or (),
            drawing=draw(
                insight,
                self.palette,
                now=self.now.astimezone(self.zone),
                has_legend=self.has_legends,
            ),
            as_of=self._local(insight.get("last_refresh")),
            is_detailed=self.is_detailed,
            insight_id=insight.get("id"),
        )

    def _local(self, moment: Any) -> datetime | None:
        """Return a moment of an answer in the project's time zone."""
        try:
            return datetime.fromisoformat(moment).astimezone(self.zone)
        except (TypeError, ValueError):
            return None


def make_positions(slots: Sequence[Slot], *, is_grid: bool) -> list[CardPosition]:
    """Return where each card lies: on the dashboard's grid, or one below the other."""
    boxes: Sequence[Box | None] = [None] * len(slots)
    if is_grid:
        boxes = packed(slot.layouts for slot in slots)
    return [
        CardPosition(number, box, _color(slot.color))
        for number, (slot, box) in enumerate(zip(slots, boxes, strict=True), 1)
    ]


def styles_of(positions: Sequence[CardPosition]) -> SafeString:
    """Return the rules that put cards where they lie on wide pages, and give them their colors."""
    boxes = "\n".join(
        f"    .card-{position.number} {{ grid-column: {box.x + 1} / span {box.w}; "
        f"grid-row: {box.y + 1} / span {box.h}; }}"
        for position in positions
        if (box := position.box) is not None
    )
    colors = "\n".join(
        f"    .card-{position.number} {{ --tile: {position.own_color}; }}"
        for position in positions
        if position.own_color
    )
    wide = f"@media (min-width: 64rem) {{\n{boxes}\n    }}"
    return mark_safe(f"{wide}\n{colors}")  # noqa: S308  # numbers, and what is_color accepts


def zone_of(project: Project) -> ZoneInfo:
    """Return the time zone of the moments on a page."""
    return ZoneInfo(project.timezone)


def _color(value: Any) -> str:
    """Return a tile's color where it is one of the web app's names or `#rrggbb`."""
    is_known = isinstance(value, str) and (value in TILE_COLORS or is_color(value))
    return str(value) if is_known else ""

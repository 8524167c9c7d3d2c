"""Makes the cards of a page: a text as safe HTML, or an insight with what is drawn of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString

from dashboards.layouts import packed
from sharing.charts.draw import draw
from sharing.charts.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboards.layouts import Box
    from posthog_lite.accounts.models import Project
    from sharing.charts.colors import Palette
    from sharing.contents import Slot

COLOR = re.compile(r"#([0-9a-fA-F]{3}){1,2}")
TILE_COLORS = frozenset({"blue", "green", "purple", "black", "white"})
NOT_SHOWN = "This card could not be shown."
NO_TEXT = SafeString("")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card lies and how it is colored; `number` ties it to its style."""

    number: int
    box: Box | None = None
    color: str = ""

    @property
    def own_color(self) -> str:
        """A color that is no name but `#rrggbb`, for the page's style element."""
        return self.color if COLOR.fullmatch(self.color) else ""


@dataclass(frozen=True, slots=True)
class Card:
    """One tile: a text as `body`, or an insight by name."""

    place: Place
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
        return f"chart-{self.place.number}"


@dataclass(frozen=True, slots=True)
class CardMaker:
    """What the cards of a page share."""

    slots: Sequence[Slot]
    places: Sequence[Place]
    rendered: Mapping[str, SafeString]
    palette: Palette
    zone: ZoneInfo
    now: datetime
    is_detailed: bool
    has_legends: bool

    def failure(self, order: int) -> Card:
        """Return the card of a tile that cannot be shown."""
        drawing = Drawing(words=NOT_SHOWN, is_failure=True)
        return Card(self.places[order], name="Card", drawing=drawing)

    def card(self, order: int, tile: Mapping[str, Any]) -> Card:
        """Return the card of a tile as the API shows it."""
        place, markdown = self.places[order], self.slots[order].markdown
        insight = tile.get("insight")
        if tile.get("error"):
            return self.failure(order)
        if insight is None:
            return Card(place, body=self.rendered.get(markdown, NO_TEXT))
        return Card(
            place,
            name=insight.get("name") or insight.get("derived_name") or "Untitled insight",
            description=self.rendered.get(markdown, NO_TEXT),
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


def make_places(slots: Sequence[Slot], *, is_grid: bool) -> list[Place]:
    """Return where each card lies: on the dashboard's grid, or one below the other."""
    boxes: Sequence[Box | None] = [None] * len(slots)
    if is_grid:
        boxes = packed(slot.layouts for slot in slots)
    return [
        Place(number, box, _color(slot.color))
        for number, (slot, box) in enumerate(zip(slots, boxes, strict=True), 1)
    ]


def zone_of(project: Project) -> ZoneInfo:
    """Return the time zone that the moments of a page are told in."""
    return ZoneInfo(project.timezone)


def _color(value: Any) -> str:
    """Return a tile's color where it is one of the web app's names or `#rrggbb`."""
    is_color = isinstance(value, str) and (value in TILE_COLORS or COLOR.fullmatch(value))
    return str(value) if is_color else ""

"""Items as PostHog's API tells them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dashboards.selectors.results import EXTRAS
from sharing.moving.cleaning import mapping, mappings, number, text
from sharing.moving.items import ACTION, DASHBOARD, INSIGHT, TEMPLATE, THEME, VARIABLE, Item
from sharing.moving.source import SourceRefused

if TYPE_CHECKING:
    from sharing.moving.source import Source

PATHS = {
    THEME: "data_color_themes",
    VARIABLE: "insight_variables",
    ACTION: "actions",
    TEMPLATE: "dashboard_templates",
    INSIGHT: "insights",
    DASHBOARD: "dashboards",
}
FIELDS = {
    THEME: ("name", "colors", "is_global"),
    VARIABLE: ("name", "type", "code_name", "default_value", "values", "is_multi"),
    ACTION: ("name", "description", "tags", "steps"),
    TEMPLATE: (
        "template_name",
        "dashboard_description",
        "dashboard_filters",
        "tags",
        "tiles",
        "variables",
        "image_url",
        "is_featured",
    ),
    INSIGHT: (
        "short_id",
        "name",
        "derived_name",
        "description",
        "query",
        "filters",
        "tags",
        "favorited",
        "saved",
    ),
    DASHBOARD: (
        "name",
        "description",
        "pinned",
        "tags",
        "breakdown_colors",
        "restriction_level",
        "creation_mode",
    ),
}
PAGE = 100
PAGE_OF_INSIGHTS = 50  # they come with their results
LOOKS = ("layouts", "color", "filters_overrides", "show_description")
RESULT = ("result", "last_refresh", *EXTRAS)


@dataclass
class Reader:
    """Reads the things of a source one after the other; `notes` are what it leaves out."""

    source: Source
    notes: list[str] = field(default_factory=list)
    # No list tells which insights are shared: it takes a request for each.
    has_insight_links: bool = False
    # Insights as the dashboard that was read last shows them, by key.
    _shown: dict[str, dict[str, Any]] = field(default_factory=dict)

    def items(self, kind: str) -> Iterator[Item]:
        """Return everything of a kind. Raises SourceRefused or SourceFailed."""
        if kind == DASHBOARD:
            yield from self._dashboards()
            return
        size = PAGE_OF_INSIGHTS if kind == INSIGHT else PAGE
        extra = {"saved": "true", "refresh": "force_cache"} if kind == INSIGHT else {}
        for told in self.source.pages(PATHS[kind], size, **extra):
            item = self._item(kind, told)
            if item is not None:
                yield item

    def insight(self, key: str) -> Item | None:
        """Return an insight that no list had; as a dashboard shows it where it is not given."""
        shown = self._shown.get(key, {})
        try:
            told = mapping(
                self.source.get(f"{PATHS[INSIGHT]}/{quote(key, safe='')}", refresh="force_cache")
            )
        except SourceRefused as error:
            self.notes.append(f"insight {key}: taken as a dashboard shows it. {error.detail}")
            told = shown
        return self._item(INSIGHT, {**told, "id": key})

    def _item(self, kind: str, told: dict[str, Any]) -> Item | None:
        key = _key(told.get("id"))
        if key is None or told.get("deleted") is True or _is_everybodys(kind, told):
            return None
        fields = {name: told[name] for name in FIELDS[kind] if name in told}
        results = {key: _result(told)} if kind == INSIGHT and _result(told) else {}
        link = self._link(INSIGHT, key) if kind == INSIGHT and self.has_insight_links else None
        return Item(kind, key, fields, author=_email(told), results=results, link=link)

    def _dashboards(self) -> Iterator[Item]:
        for listed in self.source.pages(PATHS[DASHBOARD], PAGE):
            key = _key(listed.get("id"))
            if key is None:
                continue
            try:
                item = self._dashboard(key, listed)
            except SourceRefused as error:
                self.notes.append(f"dashboard {key}: left out. {error.detail}")
                continue
            if item is not None:
                yield item

    def _dashboard(self, key: str, listed: dict[str, Any]) -> Item | None:
        told = mapping(
            self.source.get(f"{PATHS[DASHBOARD]}/{quote(key, safe='')}", refresh="force_cache")
        )
        item = self._item(DASHBOARD, {**told, "id": listed.get("id")})
        if item is None:
            return None
        shown = [mapping(tile.get("insight")) for tile in mappings(told.get("tiles"))]
        self._shown = {k: each for each in shown if (k := _key(each.get("id")))}
        theme = number(told.get("data_color_theme_id"))
        fields = item.fields | {
            "filters": _stored(told, "filters"),
            "variables": _stored(told, "variables"),
            "theme": None if theme is None else str(theme),
            "tiles": self._tiles(key, told),
        }
        results = {k: _result(each) for k, each in self._shown.items()}
        return Item(
            DASHBOARD,
            key,
            fields,
            author=item.author,
            link=self._link(DASHBOARD, key, listed.get("is_shared")),
            results={k: result for k, result in results.items() if result},
        )

    def _tiles(self, key: str, told: dict[str, Any]) -> list[dict[str, Any]]:
        tiles = []
        for tile in mappings(told.get("tiles")):
            if tile.get("deleted") is True:
                continue
            content = self._content(tile)
            if content is None:
                kinds = sorted(k for k, value in tile.items() if isinstance(value, dict))
                told_of = ", ".join(kinds) or "nothing"
                self.notes.append(f"dashboard {key}: left out a tile that shows {told_of}.")
                continue
            tiles.append(content | {name: tile[name] for name in LOOKS if name in tile})
        return tiles

    def _content(self, tile: dict[str, Any]) -> dict[str, Any] | None:
        """Return what a tile shows; None where it is neither an insight nor a text."""
        insight, written = tile.get("insight"), tile.get("text")
        if isinstance(insight, dict) and _key(insight.get("id")):
            return {"insight": _key(insight.get("id"))}
        if isinstance(written, dict):
            return {"text": text(written.get("body"))}
        return None

    def _link(self, kind: str, key: str, is_shared: Any = None) -> dict[str, Any] | None:
        if is_shared is False:
            return None
        try:
            told = mapping(self.source.get(f"{PATHS[kind]}/{quote(key, safe='')}/sharing"))
        except SourceRefused as error:
            if is_shared is True or kind == INSIGHT:
                self.notes.append(f"{kind} {key}: its link is not told. {error.detail}")
            return None
        is_protected = told.get("password_required") is True or bool(told.get("share_passwords"))
        return {
            "enabled": told.get("enabled") is True,
            "password_required": is_protected,
            "settings": mapping(told.get("settings")),
        }


def shown_insights(item: Item) -> list[str]:
    """Return the keys of the insights on a dashboard."""
    tiles = mappings(item.fields.get("tiles"))
    return [str(tile["insight"]) for tile in tiles if "insight" in tile]


def _key(value: Any) -> str | None:
    """Return an id as a key: a number, or the text of a UUID."""
    if isinstance(value, str):
        return value[:40] or None
    found = number(value)
    return None if found is None else str(found)


def _is_everybodys(kind: str, told: dict[str, Any]) -> bool:
    """Return whether a template is one that comes with PostHog."""
    return kind == TEMPLATE and told.get("scope") not in (None, "team")


def _email(told: dict[str, Any]) -> str | None:
    return text(mapping(told.get("created_by")).get("email")) or None


def _result(told: dict[str, Any]) -> dict[str, Any]:
    if told.get("result") is None:
        return {}
    return {name: told[name] for name in RESULT if told.get(name) is not None}


def _stored(told: dict[str, Any], name: str) -> dict[str, Any]:
    """Return filters or variables as they are stored, also where an answer lays others over."""
    persisted = told.get(f"persisted_{name}")
    return mapping(persisted) if isinstance(persisted, dict) else mapping(told.get(name))

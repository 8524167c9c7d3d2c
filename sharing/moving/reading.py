"""Reads what a project has, as items in which nothing depends on this database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.text import slugify

from dashboards.layouts import position
from dashboards.models import Dashboard, DashboardTemplate, Insight, InsightVariable, Tile
from dashboards.models.template import TemplateScope
from posthog_lite.events.models import Action
from sharing.models import Origin
from sharing.moving.items import ACTION, DASHBOARD, INSIGHT, TEMPLATE, THEME, VARIABLE, Item
from sharing.moving.references import renamed, renamed_variables
from themes.models import DataColorTheme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from posthog_lite.accounts.models import Project

FILES = "files"
LONGEST_SLUG = 80


class Keys:
    """Keys of rows in files: each stays when the row is renamed."""

    def __init__(self, project: Project) -> None:
        self._project = project
        rows = Origin.objects.for_project(project).filter(source=FILES)
        self._keys = {(row.kind, row.local_id): row.key for row in rows}
        self._taken = {(row.kind, row.key) for row in rows}

    def give(self, kind: str, pk: Any, wanted: str) -> str:
        """Return the key of a row; the first time it is made from its name, and remembered."""
        if (kind, str(pk)) in self._keys:
            return self._keys[kind, str(pk)]
        key, number = wanted, 1
        while (kind, key) in self._taken:
            number += 1
            key = f"{wanted}-{number}"
        Origin.objects.create(
            project=self._project, source=FILES, kind=kind, key=key, local_id=str(pk)
        )
        self._keys[kind, str(pk)] = key
        self._taken.add((kind, key))
        return key

    def name(self, kind: str, pk: Any) -> Any:
        """Return the key of a row that has one; SQL variables go by their code name."""
        return pk if kind == VARIABLE else self._keys.get((kind, str(pk)), pk)


def read_items(*, project: Project) -> Iterator[Item]:
    """Return everything of a project that files hold, each after what it refers to."""
    keys = Keys(project)
    for read in (_themes, _variables, _actions, _templates, _insights, _dashboards):
        yield from read(project, keys)


def _slug(name: str | None, kind: str) -> str:
    return slugify(name or "")[:LONGEST_SLUG].strip("-") or kind


def _themes(project: Project, keys: Keys) -> Iterator[Item]:
    rows = DataColorTheme.objects.for_project(project).filter(deleted=False)
    for row in rows.order_by("pk"):
        fields = {"name": row.name, "colors": row.colors, "is_global": row.is_global}
        yield Item(THEME, keys.give(THEME, row.pk, _slug(row.name, THEME)), fields)


def _variables(project: Project, keys: Keys) -> Iterator[Item]:
    names = ("name", "type", "code_name", "default_value", "values", "is_multi")
    for row in InsightVariable.objects.for_project(project).order_by("code_name"):
        key = keys.give(VARIABLE, row.pk, _slug(row.code_name, VARIABLE))
        yield Item(VARIABLE, key, _columns(row, names))


def _actions(project: Project, keys: Keys) -> Iterator[Item]:
    for row in Action.objects.for_project(project).filter(deleted=False).order_by("pk"):
        fields = _columns(row, ("name", "description", "tags", "steps"))
        yield Item(ACTION, keys.give(ACTION, row.pk, _slug(row.name, ACTION)), fields)


def _templates(project: Project, keys: Keys) -> Iterator[Item]:
    names = ("template_name", "dashboard_description", "dashboard_filters", "tags", "tiles")
    rows = DashboardTemplate.objects.for_project(project).filter(project=project, deleted=False)
    for row in rows.filter(scope=TemplateScope.TEAM).order_by("created_at", "pk"):
        fields = _columns(row, (*names, "variables", "image_url", "is_featured"))
        yield Item(
            TEMPLATE, keys.give(TEMPLATE, row.pk, _slug(row.template_name, TEMPLATE)), fields
        )


def _insights(project: Project, keys: Keys) -> Iterator[Item]:
    names = ("short_id", "name", "derived_name", "description", "filters", "favorited", "saved")
    rows = Insight.objects.for_project(project).filter(deleted=False).prefetch_related("tags")
    for row in rows.order_by("pk").iterator(chunk_size=500):
        fields = _columns(row, names)
        fields |= {"query": renamed(row.query, keys.name), "tags": _tags(row)}
        yield Item(INSIGHT, keys.give(INSIGHT, row.pk, row.short_id), fields)


def _dashboards(project: Project, keys: Keys) -> Iterator[Item]:
    names = ("name", "description", "pinned", "filters", "breakdown_colors", "restriction_level")
    rows = Dashboard.objects.for_project(project).filter(deleted=False).prefetch_related("tags")
    for row in rows.order_by("pk").iterator(chunk_size=500):
        theme = row.data_color_theme_id
        fields = _columns(row, (*names, "creation_mode")) | {
            "variables": renamed_variables(row.variables, keys.name),
            "theme": None if theme is None else keys.name(THEME, theme),
            "tags": _tags(row),
            "tiles": _tiles(project, row, keys),
        }
        yield Item(DASHBOARD, keys.give(DASHBOARD, row.pk, _slug(row.name, DASHBOARD)), fields)


def _tiles(project: Project, dashboard: Dashboard, keys: Keys) -> list[dict[str, Any]]:
    """Return the tiles as they lie, which is the same in every database."""
    rows = Tile.objects.for_project(project).live().filter(dashboard=dashboard)
    told = []
    for tile in rows.select_related("text").order_by("pk"):
        content = (
            {"insight": keys.name(INSIGHT, tile.insight_id)}
            if tile.text is None
            else {"text": tile.text.body}
        )
        looks = _columns(tile, ("layouts", "color", "show_description"))
        told.append(content | looks | {"filters_overrides": tile.filters_overrides or {}})
    return sorted(told, key=lambda each: (position(each["layouts"], "sm"), _content(each)))


def _content(tile: dict[str, Any]) -> str:
    return str(tile.get("insight") or tile.get("text") or "")


def _columns(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _tags(row: Insight | Dashboard) -> list[str]:
    return sorted(tag.name for tag in row.tags.all())

"""Makes dashboards from templates, in a number of queries that does not grow with the tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from dashboards.layouts import place_new
from dashboards.models import CreationMode, Dashboard, Insight, Text, Tile
from dashboards.queries.old_filters import query_from_filters
from dashboards.selectors.templates import find_template, unlisted_template
from dashboards.services.tags import set_tags
from dashboards.services.template_validation import prepare_template
from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from posthog_lite.accounts.access import ProjectAccess
    from posthog_lite.accounts.models import User

ONE_PER_TAG = "dashboard_unlisted_once_per_tag"
LONGEST_SHOWN = 100


class UnknownTemplate(DomainError):
    """Neither built in, nor stored where the project sees it."""


class UnlistedTagError(DomainError):
    """The tag names no kind of unlisted dashboard."""

    bare_key = "error"


class UnlistedDashboardExists(UnlistedTagError):
    """The project has its dashboard of this kind."""

    status_code = 409
    code = "conflict"


def fill_from_template_named(*, dashboard: Dashboard, name: str, now: datetime) -> None:
    """Give a new dashboard the filters, description, tags and tiles of the template `name`.

    A name of its own stays. Call it inside a transaction. Raises UnknownTemplate, or another
    DomainError where a stored template is unusable.
    """
    template = find_template(project=dashboard.project, name=name)
    if template is None:
        raise UnknownTemplate(
            f"Invalid template provided: {name[:LONGEST_SHOWN]}", attr="use_template"
        )
    recipe = prepare_template(template)
    _describe(dashboard, recipe)
    dashboard.save(update_fields=["name", "description", "filters"])
    _fill(dashboard, recipe, by=None, now=now)


@one_transaction
def create_from_template_json(*, access: ProjectAccess, template: Any, now: datetime) -> Dashboard:
    """Create a dashboard from a template in the form of the JSON schema.

    Raises InvalidTemplate or another DomainError; then nothing is stored.
    """
    recipe = prepare_template(template)
    dashboard = Dashboard(project=access.project, created_by=access.user)
    _describe(dashboard, recipe)
    dashboard.save()
    _fill(dashboard, recipe, by=access.user, now=now)
    return dashboard


@one_transaction
def create_unlisted_dashboard(*, access: ProjectAccess, tag: Any, now: datetime) -> Dashboard:
    """Create the project's one unlisted dashboard of the kind `tag` names.

    Raises UnlistedTagError or UnlistedDashboardExists.
    """
    if not tag:
        raise UnlistedTagError("tag is required")
    template = unlisted_template(tag=tag) if isinstance(tag, str) else None
    if template is None:
        raise UnlistedTagError(f"Unknown template tag: {str(tag)[:LONGEST_SHOWN]}")
    dashboard = Dashboard(
        project=access.project,
        created_by=access.user,
        creation_mode=CreationMode.UNLISTED,
        unlisted_tag=tag,
    )
    recipe = prepare_template(template)
    _describe(dashboard, recipe)
    _save_only_one(dashboard)
    _fill(dashboard, recipe, by=access.user, now=now)
    return dashboard


def _save_only_one(dashboard: Dashboard) -> None:
    """Save the dashboard; of several at once the database accepts one, and the others fail here."""
    try:
        with transaction.atomic():
            dashboard.save()
    except IntegrityError as error:
        if ONE_PER_TAG not in str(error):
            raise
        raise UnlistedDashboardExists(
            f"Unlisted dashboard with tag '{dashboard.unlisted_tag}' already exists"
        ) from error


def _describe(dashboard: Dashboard, recipe: dict[str, Any]) -> None:
    dashboard.name = dashboard.name or recipe["template_name"]
    dashboard.description = recipe["dashboard_description"]
    dashboard.filters = recipe["dashboard_filters"]


def _fill(dashboard: Dashboard, recipe: dict[str, Any], *, by: User | None, now: datetime) -> None:
    _add_tiles(dashboard, recipe["tiles"], by, now)
    set_tags(item=dashboard, names=recipe.get("tags") or [])


def _add_tiles(
    dashboard: Dashboard, items: Iterable[dict[str, Any]], by: User | None, now: datetime
) -> None:
    tiles = [_new_tile(dashboard, item, by, now) for item in items]
    placed = [tile.layouts for tile in tiles if tile.layouts]
    place_new([tile for tile in tiles if not tile.layouts], beside=placed)
    Insight.objects.bulk_create([tile.insight for tile in tiles if tile.insight is not None])
    Text.objects.bulk_create([tile.text for tile in tiles if tile.text is not None])
    Tile.objects.bulk_create(tiles)


def _new_tile(dashboard: Dashboard, item: dict[str, Any], by: User | None, now: datetime) -> Tile:
    """Return the tile that an entry of a checked template describes."""
    tile = Tile(
        project=dashboard.project,
        dashboard=dashboard,
        layouts=item.get("layouts") or {},
        color=item.get("color"),
    )
    if item["type"] == "INSIGHT":
        tile.insight = _new_insight(dashboard, item, by, now)
    else:
        tile.text = Text(
            project=dashboard.project, body=item["body"], created_by=by, last_modified_at=now
        )
    return tile


def _new_insight(
    dashboard: Dashboard, item: dict[str, Any], by: User | None, now: datetime
) -> Insight:
    """Return the insight of a tile; old filters count only where there is no query."""
    query, filters = item.get("query") or None, item.get("filters") or {}
    query = query or query_from_filters(filters)
    return Insight(
        project=dashboard.project,
        name=item.get("name"),
        description=item.get("description"),
        query=query,
        filters={} if query else filters,
        is_sample=True,
        saved=True,
        created_by=by,
        last_modified_by=by,
        last_modified_at=now,
    )

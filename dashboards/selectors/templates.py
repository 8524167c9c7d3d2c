"""Everything that reads dashboard templates: the stored ones and those that come with the code."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db.models import Case, Q, QuerySet, When

from dashboards.models import DashboardTemplate
from dashboards.models.template import TemplateScope
from posthog_lite.accounts.selectors import parse_uuid
from posthog_lite.domain import Missing

if TYPE_CHECKING:
    from posthog_lite.accounts.models import Project

# The keys clients know, and the file each stands for.
BUILTIN_KEYS = {"DEFAULT_APP": "product_analytics", "WEBSITE_TRAFFIC": "website_traffic"}
UNLISTED_TAGS = {"llm-analytics": "llm_analytics", "mcp-analytics": "mcp_analytics"}
RECIPE_FIELDS = (
    "template_name",
    "dashboard_description",
    "dashboard_filters",
    "tags",
    "tiles",
    "variables",
)
LEAST_RELEVANT = 0.05
LANGUAGE = "english"  # named, because a server's own default varies


class TemplateNotFound(Missing):
    """The project sees no template with this id."""


@cache
def read_packaged(name: str) -> dict[str, Any]:
    """A JSON file of the package, read once; nobody changes what comes back."""
    text = files("dashboards").joinpath("templates_builtin", f"{name}.json").read_text("utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


def template_schema() -> dict[str, Any]:
    """The JSON schema of a template."""
    return read_packaged("template.schema")


def unlisted_template(*, tag: str) -> dict[str, Any] | None:
    """The template of the unlisted dashboard of this kind; None when there is no such kind."""
    name = UNLISTED_TAGS.get(tag)
    return None if name is None else read_packaged(name)


def find_template(*, project: Project, name: str) -> dict[str, Any] | None:
    """The template `use_template` means: a built-in key, a stored name, or a built-in name.

    Of stored namesakes the project's own one wins over the global ones.
    """
    if name in BUILTIN_KEYS:
        return read_packaged(BUILTIN_KEYS[name])
    named = templates_visible_to(project=project).filter(template_name=name)
    own_first = Case(When(project=project, then=0), default=1)
    stored = named.order_by(own_first, "created_at", "id").first()
    if stored is not None:
        return as_recipe(stored)
    builtin = (read_packaged(key) for key in BUILTIN_KEYS.values())
    return next((item for item in builtin if item["template_name"] == name), None)


def as_recipe(template: DashboardTemplate) -> dict[str, Any]:
    """A stored template in the form clients send one."""
    return {name: getattr(template, name) for name in RECIPE_FIELDS}


def templates_visible_to(
    *, project: Project, include_deleted: bool = False
) -> QuerySet[DashboardTemplate]:
    """Return the project's own templates and those for all projects."""
    rows = DashboardTemplate.objects.for_project(project)
    return rows if include_deleted else rows.filter(deleted=False)


def get_template(
    *, project: Project, template_id: str, include_deleted: bool = False, lock: bool = False
) -> DashboardTemplate:
    """The template a URL names; with `lock` nobody else changes it in this transaction.

    Raises TemplateNotFound.
    """
    number = parse_uuid(template_id)
    rows = templates_visible_to(project=project, include_deleted=include_deleted)
    rows = rows.select_for_update() if lock else rows
    template = None if number is None else rows.filter(pk=number).first()
    if template is None:
        raise TemplateNotFound("Not found.")
    return template


def list_templates(
    *,
    project: Project,
    scope: str = "",
    search: str = "",
    ordering: str = "",
    is_featured: bool | None = None,
) -> QuerySet[DashboardTemplate]:
    """The project's own and the global templates; `scope` asks for those of one scope only.

    Featured ones come first, with `search` the most relevant, unless `ordering` says otherwise.
    """
    rows = templates_visible_to(project=project)
    if scope:
        rows = rows.filter(scope=scope)
    else:
        rows = rows.filter(Q(project=project) | Q(scope=TemplateScope.GLOBAL))
    if is_featured is not None:
        rows = rows.filter(is_featured=is_featured)
    if is_featured and not scope:
        rows = rows.exclude(scope=TemplateScope.FEATURE_FLAG)
    if search.strip():
        rows = rows.annotate(rank=_relevance(search)).filter(rank__gte=LEAST_RELEVANT)
        ordering = ordering or "-rank"
    return rows.order_by(ordering or "-is_featured", "template_name", "id")


def _relevance(search: str) -> SearchRank:
    """Words in the name count most, then tags, then the description."""
    vector = (
        SearchVector("template_name", weight="A", config=LANGUAGE)
        + SearchVector("tags", weight="B", config=LANGUAGE)
        + SearchVector("dashboard_description", weight="C", config=LANGUAGE)
    )
    return SearchRank(vector, SearchQuery(search, config=LANGUAGE))

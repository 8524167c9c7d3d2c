"""Finds the link of a visitor with everything that decides on it, in one prepared statement."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from django.db import DEFAULT_DB_ALIAS
from django.db.models import JSONField

from dashboards.models import Dashboard, Insight
from posthog_lite.accounts.models import Organization, Project
from posthog_lite.database.compiled import CompiledQuery
from sharing.models import SharingConfiguration
from sharing.selectors import allowed_configurations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.db.models import Model, QuerySet

M = TypeVar("M", bound="Model")

TOKEN = re.compile(r"[A-Za-z0-9_-]{1,400}")
PREFIXES: dict[type[Model], str] = {
    SharingConfiguration: "",
    Project: "project__",
    Organization: "project__organization__",
    Dashboard: "dashboard__",
    Insight: "insight__",
}
# Of what is shown this is enough here; the ORM reads more should anybody ask.
OF_WHAT_IS_SHOWN = ("id", "project_id", "deleted")


def get_open_configuration(*, token: str, now: datetime) -> SharingConfiguration | None:
    """The link with this token. Unknown and closed ones take the same single query."""
    rows = LINK.rows(token=token) if TOKEN.fullmatch(token) else []
    if not rows:
        return None
    values = iter(rows[0])
    link = _instance(SharingConfiguration, values)
    project = _instance(Project, values)
    project.organization = _instance(Organization, values)
    link.project = project
    dashboard, insight = _instance(Dashboard, values), _instance(Insight, values)
    link.dashboard = dashboard if link.dashboard_id is not None else None
    link.insight = insight if link.insight_id is not None else None
    is_over = link.expires_at is not None and link.expires_at <= now
    return None if is_over else link


def _links(token: str) -> QuerySet[Any, Any]:
    columns = [
        f"{prefix}{name}" for model, prefix in PREFIXES.items() for name, _ in _fields(model)
    ]
    return allowed_configurations().filter(access_token=token).values_list(*columns)


LINK = CompiledQuery(_links, token=str)


@cache
def _fields(model: type[Model]) -> list[tuple[str, bool]]:
    """Return what is read of a model, and whether each is JSON."""
    is_shown = model in (Dashboard, Insight)
    return [
        (field.attname, isinstance(field, JSONField))
        for field in model._meta.concrete_fields
        if not is_shown or field.attname in OF_WHAT_IS_SHOWN
    ]


def _instance(model: type[M], values: Iterator[Any]) -> M:
    """Make the model's part of the row as the ORM would make it."""
    named = {
        name: orjson.loads(value) if is_json and value is not None else value
        for (name, is_json), value in zip(_fields(model), values, strict=False)
    }
    return model.from_db(DEFAULT_DB_ALIAS, list(named), list(named.values()))

"""Finds the link of a visitor with everything that decides on it, in one prepared statement."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from dashboards.models import Dashboard, Insight
from posthog_lite.accounts.models import Organization, Project
from posthog_lite.database.compiled import CompiledQuery
from posthog_lite.database.instances import columns_of, made_of_row
from sharing.models import SharingConfiguration
from sharing.selectors import allowed_configurations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.db.models import Model, QuerySet

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
    link, project, organization, dashboard, insight = (
        _instance(model, values) for model in PREFIXES
    )
    project.organization = organization
    link.project = project
    link.dashboard = dashboard if link.dashboard_id is not None else None
    link.insight = insight if link.insight_id is not None else None
    is_over = link.expires_at is not None and link.expires_at <= now
    return None if is_over else link


def _links(token: str) -> QuerySet[Any, Any]:
    columns = [f"{prefix}{name}" for model, prefix in PREFIXES.items() for name in _names(model)]
    return allowed_configurations().filter(access_token=token).values_list(*columns)


LINK = CompiledQuery(_links, token=str)


def _names(model: type[Model]) -> tuple[str, ...]:
    return OF_WHAT_IS_SHOWN if model in (Dashboard, Insight) else columns_of(model)


def _instance(model: type[Model], values: Iterator[Any]) -> Any:
    """Make the model's part of the row."""
    names = _names(model)
    return made_of_row(model, names, list(islice(values, len(names))))

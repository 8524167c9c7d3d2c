"""The dashboards that quickstart shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from dashboards.models import CreationMode, Dashboard
from dashboards.services.tags import set_tags
from dashboards.services.templates import fill_from_template_named
from posthog_lite.database.transactions import one_transaction

if TYPE_CHECKING:
    from posthog_lite.accounts.models import Project, User

TEMPLATES = ("DEFAULT_APP", "WEBSITE_TRAFFIC")


@one_transaction
def create_demo_dashboards(*, project: Project, user: User) -> None:
    """Fill a new demo project with a dashboard of each built-in template."""
    for name in TEMPLATES:
        dashboard = Dashboard.objects.create(
            project=project, created_by=user, creation_mode=CreationMode.TEMPLATE, pinned=True
        )
        fill_from_template_named(dashboard=dashboard, name=name, now=timezone.now())
        set_tags(item=dashboard, names=["demo"])

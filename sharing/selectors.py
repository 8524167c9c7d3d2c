"""Everything that reads shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from sharing.models import ShareAttempt, SharePassword, SharingConfiguration
from sharing.resources import Resource, resource_filter

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from posthog_lite.accounts.models import Project
    from sharing.tokens import UnlockClaims


def active_configurations(
    *, project: Project, resource: Resource
) -> QuerySet[SharingConfiguration]:
    """The one row that is not on its way out, if there is one."""
    rows = SharingConfiguration.objects.for_project(project)
    return rows.filter(expires_at=None, **resource_filter(resource))


def allowed_configurations() -> QuerySet[SharingConfiguration]:
    """Every link that is on and allowed by its organization, rotated out or not."""
    # A visitor brings a token, not a project: the token decides which project this is about.
    return SharingConfiguration.all_projects.filter(
        enabled=True, project__organization__allow_publicly_shared_resources=True
    )


def open_configurations(*, now: datetime) -> QuerySet[SharingConfiguration]:
    """Every link that opens something now: on, not rotated out, allowed by its organization."""
    return allowed_configurations().filter(Q(expires_at=None) | Q(expires_at__gt=now))


def get_unlocking_password(*, claims: UnlockClaims, now: datetime) -> SharePassword | None:
    """The password a visitor once gave, while it and its link still count."""
    passwords = SharePassword.all_projects.filter(  # the visitor brings no project, as above
        pk=claims.password_id,
        is_active=True,
        project_id=claims.project_id,
        configuration__access_token=claims.token,
        configuration__unlock_generation=claims.generation,
        configuration__password_required=True,
        configuration__in=open_configurations(now=now),
    )
    return passwords.select_related(
        "configuration__project__organization",
        "configuration__dashboard",
        "configuration__insight",
    ).first()


def recent_attempts(
    *, configuration: SharingConfiguration, after: datetime, until: datetime
) -> QuerySet[ShareAttempt]:
    """Passwords given to a link after one moment and until another, the newest first."""
    rows = ShareAttempt.objects.for_project(configuration.project).filter(
        configuration=configuration, attempted_at__gt=after, attempted_at__lte=until
    )
    return rows.order_by("-attempted_at")

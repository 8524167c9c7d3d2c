from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from dashboards.models.levels import PrivilegeLevel
from posthog_lite.tenancy.scoping import ProjectOwnedModel


class DashboardCollaborator(ProjectOwnedModel):
    """Somebody invited to edit a restricted dashboard."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dashboard = models.ForeignKey(
        "dashboards.Dashboard", on_delete=models.CASCADE, related_name="collaborators"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    level = models.PositiveSmallIntegerField(
        choices=PrivilegeLevel.choices, default=PrivilegeLevel.CAN_EDIT
    )
    added_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dashboard", "user"], name="collaborator_once"),
            models.CheckConstraint(
                condition=models.Q(level__in=PrivilegeLevel.values), name="collaborator_level_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} on {self.dashboard}"

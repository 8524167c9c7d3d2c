from __future__ import annotations

from django.conf import settings
from django.db import models

from posthog_lite.tenancy.scoping import ProjectOwnedModel


class Action(ProjectOwnedModel):
    """Events that match any of some steps, under one name."""

    name = models.CharField(max_length=400)
    description = models.TextField(blank=True, default="")
    tags = models.JSONField(default=list, blank=True)
    steps = models.JSONField(default=list, blank=True)
    pinned_at = models.DateTimeField(null=True, blank=True)
    post_to_slack = models.BooleanField(default=False)
    slack_message_format = models.CharField(max_length=1200, blank=True, default="")
    deleted = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"],
                condition=models.Q(deleted=False),
                name="action_name_once_per_project",
            )
        ]
        indexes = [models.Index(fields=["project", "deleted", "id"], name="action_list")]

    def __str__(self) -> str:
        return self.name

from __future__ import annotations

from django.conf import settings
from django.db import models

from posthog_lite.tenancy.scoping import ProjectOwnedModel

LONGEST_TEXT = 4000


class Text(ProjectOwnedModel):
    """The Markdown of one text tile."""

    body = models.CharField(max_length=LONGEST_TEXT, null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    last_modified_at = models.DateTimeField()
    last_modified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    def __str__(self) -> str:
        return (self.body or "")[:60]

from __future__ import annotations

from django.conf import settings
from django.db import models


class DataColorTheme(models.Model):
    """The colors of a project's charts, in order. Global ones belong to no project."""

    project = models.ForeignKey(
        "accounts.Project", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=100)
    colors = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True, null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    deleted = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name

from __future__ import annotations

import uuid

from django.db import models


class Organization(models.Model):
    """A company or team: owns projects, has members."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=64)
    slug = models.SlugField(max_length=48, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    members_can_use_personal_api_keys = models.BooleanField(
        default=True, help_text="Off: personal API keys of members below admin are refused."
    )
    allow_publicly_shared_resources = models.BooleanField(
        default=True, help_text="Off: every share link of the organization stops working at once."
    )

    def __str__(self) -> str:
        return f"{self.name} ({self.slug})"

from __future__ import annotations

import hashlib

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.postgres.fields import ArrayField
from django.db import models

from posthog_lite.ids import new_key_id

LEGACY_SALT = "posthog_personal_api_key"
LEGACY_ITERATIONS = (260000, 390000)


def hash_key(value: str) -> str:
    """Hash a key as it is stored: SHA-256 of its whole text; 280 random bits need no salt."""
    return "sha256$" + hashlib.sha256(value.encode()).hexdigest()


def hash_key_legacy(value: str, iterations: int) -> str:
    """Hash a key as older releases of PostHog did: Django's PBKDF2-SHA256, one salt for all."""
    return PBKDF2PasswordHasher().encode(value, LEGACY_SALT, iterations)


def mask_key(value: str) -> str:
    """Return what may be shown of a key after its first showing, 11 characters or `********`."""
    return f"{value[:4]}...{value[-4:]}" if len(value) >= 16 else "********"


class PersonalAPIKey(models.Model):
    """A key with which programs act as its user, within its scopes. The value is never stored."""

    id = models.CharField(primary_key=True, max_length=50, default=new_key_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="personal_api_keys"
    )
    label = models.CharField(max_length=40)
    description = models.CharField(max_length=1000, null=True, blank=True)
    secure_value = models.CharField(max_length=300, unique=True, null=True, editable=False)
    mask_value = models.CharField(max_length=11, null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    last_rolled_at = models.DateTimeField(null=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=100), null=True, default=list)
    scoped_teams = ArrayField(models.BigIntegerField(), null=True, blank=True, default=list)
    scoped_organizations = ArrayField(
        models.CharField(max_length=100), null=True, blank=True, default=list
    )

    class Meta:
        verbose_name = "personal API key"

    def __str__(self) -> str:
        return f"{self.label} {self.mask_value}"

    @property
    def is_legacy_hashing(self) -> bool:
        return not (self.secure_value or "").startswith("sha256$")

from __future__ import annotations

from django.db import models


class LoginAttempt(models.Model):
    """Somebody gave a password to the admin. Kept for as long as it counts."""

    # A digest: people also type passwords where their name belongs.
    name_digest = models.CharField(max_length=64)
    network = models.CharField(max_length=64)
    attempted_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["network", "attempted_at"], name="login_attempt_recent"),
            models.Index(fields=["attempted_at"], name="login_attempt_old"),
        ]

    def __str__(self) -> str:
        return f"from {self.network} at {self.attempted_at}"

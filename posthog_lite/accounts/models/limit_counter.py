from __future__ import annotations

from django.db import models


class LimitCounter(models.Model):
    """The number of times something was done in a window that began with the first."""

    key = models.CharField(max_length=64, primary_key=True)  # a digest of what is counted
    count = models.BigIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.count} until {self.ends_at}"

"""Removes links that stopped working after a rotation."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from sharing.services import remove_expired


class Command(BaseCommand):
    help = "Removes expired sharing configurations: links rotated out, past their grace period."

    def handle(self, *args: Any, **options: Any) -> None:
        number = remove_expired(now=timezone.now())
        self.stdout.write(f"Removed expired sharing configurations: {number}.")

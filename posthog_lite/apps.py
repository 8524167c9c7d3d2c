from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class PostHogLiteConfig(AppConfig):
    """Loads what Django finds only by import: system checks and OpenAPI extensions."""

    name = "posthog_lite"
    label = "posthog_lite"

    def ready(self) -> None:
        import_module("posthog_lite.checks")
        import_module("posthog_lite.api.schema")

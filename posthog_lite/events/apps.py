from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """Connects what has to happen when a project is deleted."""

    name = "posthog_lite.events"
    label = "events"

    def ready(self) -> None:
        import_module("posthog_lite.events.project_deletion")

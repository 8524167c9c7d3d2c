from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig

from posthog_lite.server import metrics


class EventsConfig(AppConfig):
    """Connects what happens when a project is deleted, and what is to be watched."""

    name = "posthog_lite.events"
    label = "events"

    def ready(self) -> None:
        import_module("posthog_lite.events.project_deletion")
        metrics.readings.append(import_module("posthog_lite.events.outbox").what_waits)

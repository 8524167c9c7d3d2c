from __future__ import annotations

from django.apps import AppConfig


class QueryConfig(AppConfig):
    name = "posthog_lite.query"
    label = "query"

    def ready(self) -> None:
        """Let results notice what they were counted by."""
        from posthog_lite.events.changes import (  # noqa: PLC0415  # models are loaded by now
            action_changed,
            property_type_changed,
        )
        from posthog_lite.query.stale import note_action, note_property_type  # noqa: PLC0415

        action_changed.connect(note_action)
        property_type_changed.connect(note_property_type)

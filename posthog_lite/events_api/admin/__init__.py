"""People, definitions and actions in the Django admin; events are looked at on their pages.

The lists cross projects on purpose: they use `all_projects`, the models' default manager.
"""

from __future__ import annotations

from posthog_lite.events_api.admin.actions import ActionAdmin
from posthog_lite.events_api.admin.definitions import (
    EventDefinitionAdmin,
    PropertyDefinitionAdmin,
)
from posthog_lite.events_api.admin.persons import PersonAdmin

__all__ = ["ActionAdmin", "EventDefinitionAdmin", "PersonAdmin", "PropertyDefinitionAdmin"]

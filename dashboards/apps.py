from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_delete


class DashboardsConfig(AppConfig):
    name = "dashboards"

    def ready(self) -> None:
        lay_over = import_module("dashboards.filters.dashboard_layers").lay_over
        import_module("posthog_lite.query_api.overrides").overrides.register(lay_over)
        find_defaults = import_module("dashboards.selectors.variables").default_values
        import_module("posthog_lite.query.variables").defaults.register(find_defaults)
        # Whoever removes a member ends the invitations too.
        remove_member = import_module("dashboards.services.collaborators").remove_member
        post_delete.connect(remove_member, sender="accounts.Membership")

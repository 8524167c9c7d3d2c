from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "dashboards"

    def ready(self) -> None:
        lay_over = import_module("dashboards.filters.dashboard_layers").lay_over
        import_module("posthog_lite.query_api.overrides").overrides.register(lay_over)

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class SharingConfig(AppConfig):
    name = "sharing"

    def ready(self) -> None:
        import_module("sharing.schema")
        by_token = import_module("sharing.authentication").ShareTokenAuthentication
        import_module("posthog_lite.api.visitors").authentication.register(by_token)
        import_module("sharing.logs").install()

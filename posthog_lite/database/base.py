"""Django's PostgreSQL engine on the embedded server, which starts with the first connection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base

from posthog_lite.database.embedded import start_embedded_server


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes the folder of the server from `DATABASES[...]["EMBEDDED_DIR"]`."""

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        return params | start_embedded_server(Path(self.settings_dict["EMBEDDED_DIR"]))

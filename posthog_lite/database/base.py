"""Django's PostgreSQL engine on the embedded server, which starts with the first connection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base
from psycopg.conninfo import conninfo_to_dict

from posthog_lite.database.embedded import start_embedded_server


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes the folder of the server from `DATABASES[...]["EMBEDDED_DIR"]`."""

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        server = start_embedded_server(Path(self.settings_dict["EMBEDDED_DIR"]))
        address = conninfo_to_dict(server.get_uri())
        return params | {key: address[key] for key in ("host", "port", "user") if key in address}

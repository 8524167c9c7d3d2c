"""What one statement may take."""

from __future__ import annotations

QUERY_SECONDS = 60
# Beyond this the driver gives a server up that does not keep to the time a query was given.
SECONDS_BEYOND = 10
RESULT_BYTES = 256 * 1024 * 1024
PARALLEL_CONNECTIONS = 32

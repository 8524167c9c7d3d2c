"""Limits of one statement."""

from __future__ import annotations

QUERY_SECONDS = 60
# Beyond this the driver gives a server up that does not keep to the time a query was given.
SECONDS_BEYOND = 10
RESULT_BYTES = 64 * 1024 * 1024  # of an answer, in the engine and as JSON
RESULT_VALUES = 2_500_000  # commas in it: a number of two bytes in the engine takes forty here
PARALLEL_CONNECTIONS = 32

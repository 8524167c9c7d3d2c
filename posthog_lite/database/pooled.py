"""Connections out of a pool that gets over a database gone away."""

from __future__ import annotations

import select
import time
from typing import TYPE_CHECKING, Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool, PoolTimeout

from posthog_lite.database.outage import Outage

if TYPE_CHECKING:
    Connection = psycopg.Connection[Any]

POOL_PATIENCE = 10.0  # seconds a request waits for one of the connections that others hold

outage = Outage()


class PooledWrapper(base.DatabaseWrapper):
    """With a pool, no request gets a connection that the database has closed.

    And none waits for a database that is away: it fails at once, and works again as soon as the
    database is back.
    """

    if TYPE_CHECKING:
        pool: ConnectionPool[Connection] | None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        if self.pool is None:
            connection: Connection = super().get_new_connection(conn_params)
            return connection
        if outage.is_known:
            outage.check(conn_params)
        deadline = time.monotonic() + POOL_PATIENCE
        while True:
            found = self._take_from(self.pool, conn_params)
            if found is not None:
                return found
            outage.check(conn_params)
            if time.monotonic() > deadline:
                raise PoolTimeout(f"no connection became free in {POOL_PATIENCE:.0f} seconds")

    def _take_from(
        self, pool: ConnectionPool[Connection], conn_params: dict[str, Any]
    ) -> Connection | None:
        """A connection that works; None when none is free yet, or a dead one had to be dropped."""
        try:
            connection: Connection = super().get_new_connection(conn_params)
        except PoolTimeout:
            return None
        if is_open(connection):
            return connection
        connection.close()
        pool.putconn(connection)  # which makes the pool replace it
        return None


def is_open(connection: Connection) -> bool:
    """Return whether the database still listens.

    An idle connection hears nothing until the database closes it, so that only one which has
    something to read is asked, at the cost of a round trip.
    """
    if connection.closed:
        return False
    poller = select.poll()
    poller.register(connection.fileno(), select.POLLIN)
    if not poller.poll(0):
        return True
    try:
        ConnectionPool.check_connection(connection)
    except psycopg.Error:
        return False
    return True

"""Hashes passwords a few at a time, with no database connection held meanwhile."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import identify_hasher, make_password
from django.utils.crypto import constant_time_compare

from posthog_lite.database.transactions import release_connection
from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

AT_ONCE = 2  # per process: a hash takes a core for a third of a second
WAIT_SECONDS = 5.0
_slots = threading.BoundedSemaphore(AT_ONCE)


class TooManyHashes(DomainError):
    """Too many passwords are being checked at this moment."""

    status_code = 503
    code = "busy"
    type = "server_error"


@contextmanager
def slow_hash() -> Iterator[None]:
    """Hold one of the few slots for slow hashes, and no database connection.

    Raises TooManyHashes when none becomes free within WAIT_SECONDS.
    """
    release_connection()
    if not _slots.acquire(timeout=WAIT_SECONDS):
        raise TooManyHashes("Too many passwords are being checked. Try again in a moment.")
    try:
        yield
    finally:
        _slots.release()


def hash_password(value: str, *, like: str | None = None) -> str:
    """Return a slow hash of a password, with the salt of the hash `like` where one is given.

    Hashes with one salt are compared at the price of one. Raises TooManyHashes.
    """
    salt = None if like is None else _salt(like)
    with slow_hash():
        return make_password(value, salt=salt)


def matching_hash(value: str, hashes: Sequence[str]) -> str | None:
    """Return the hash that this password has, or None.

    Takes one slow hash for each different salt. Raises TooManyHashes.
    """
    computed: dict[tuple[str, ...], str] = {}
    with slow_hash():
        for stored in hashes:
            recipe = tuple(stored.split("$")[:-1])
            if recipe not in computed:
                computed[recipe] = _hash_again(value, stored)
            if constant_time_compare(computed[recipe], stored):
                return stored
    return None


def _hash_again(value: str, stored: str) -> str:
    """Hash a password by the recipe of a stored hash, or return "" where that is unusable."""
    try:
        hasher = identify_hasher(stored)
        parts = hasher.decode(stored)
    except (ValueError, KeyError):
        return ""
    options = {"iterations": parts["iterations"]} if "iterations" in parts else {}
    return hasher.encode(value, parts["salt"], **options)


def _salt(stored: str) -> str | None:
    try:
        salt: str = identify_hasher(stored).decode(stored)["salt"]
    except (ValueError, KeyError):
        return None
    return salt

"""Attempts to sign in to the admin: each is counted first and judged then, whoever answers it."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from posthog_lite.accounts.models import LoginAttempt, User
from posthog_lite.accounts.networks import network_of
from posthog_lite.accounts.services.limits import SKEW, seconds_to_wait

WINDOW = timedelta(minutes=15)
ATTEMPTS_PER_NAME = 10  # of one name from one network
ATTEMPTS_PER_NETWORK = 100  # of all names: one password may be tried on many


@transaction.atomic
def count_login_attempt(*, name: str, address: str, now: datetime) -> int:
    """Note an attempt; where there were too many, note nothing and answer the seconds to wait.

    The lock makes the limits exact for attempts that come at once, to whichever process.
    """
    network, digest = network_of(address), _digest(name)
    _lock(network)
    _remove_old(now)
    recent = LoginAttempt.objects.filter(
        network=network, attempted_at__gt=now - WINDOW, attempted_at__lte=now + SKEW
    )
    attempts = list(recent.order_by("-attempted_at").values_list("name_digest", "attempted_at"))
    own = [moment for name, moment in attempts if name == digest]
    wait = max(
        seconds_to_wait([moment for _, moment in attempts], ATTEMPTS_PER_NETWORK, WINDOW, now),
        seconds_to_wait(own, ATTEMPTS_PER_NAME, WINDOW, now),
    )
    if wait == 0:
        LoginAttempt.objects.create(network=network, name_digest=digest, attempted_at=now)
    return wait


def forget_login_attempts(*, name: str, address: str) -> None:
    """The right password was given: what came before counts no more."""
    LoginAttempt.objects.filter(network=network_of(address), name_digest=_digest(name)).delete()


def _remove_old(now: datetime) -> None:
    """Attempts that count no more, of everybody; what another process is removing it may."""
    counts_no_more = Q(attempted_at__lte=now - WINDOW) | Q(attempted_at__gt=now + SKEW)
    old = LoginAttempt.objects.filter(counts_no_more)
    locked = old.select_for_update(skip_locked=True).values_list("pk", flat=True)
    LoginAttempt.objects.filter(pk__in=list(locked)).delete()


def _digest(name: str) -> str:
    """Return what stands for a name, under the spelling in which users are looked up."""
    return hashlib.sha256(User.spelling_of_login(name).encode(errors="replace")).hexdigest()


def _lock(network: str) -> None:
    """Let attempts from one network come one by one until the end of the transaction."""
    number = int.from_bytes(hashlib.sha256(network.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])

"""Visitors giving the password of a link: every attempt is counted first and judged then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from posthog_lite.accounts.networks import network_of
from posthog_lite.accounts.services.limits import SKEW, seconds_to_wait
from posthog_lite.accounts.slow_hashes import matching_hash
from posthog_lite.database.transactions import one_transaction
from sharing.models import ShareAttempt, SharePassword, SharingConfiguration
from sharing.selectors import recent_attempts

if TYPE_CHECKING:
    from datetime import datetime


WINDOW = timedelta(minutes=1)
ATTEMPTS_PER_ADDRESS = 10  # or for each /64 of IPv6, which one visitor has
ATTEMPTS_PER_LINK = 60
LONGEST_PASSWORD = 1024


@dataclass(frozen=True, slots=True)
class Unlocking:
    """The outcome of an attempt: the right password, seconds to wait, or neither."""

    password: SharePassword | None = None
    retry_after: int | None = None


def unlock(
    *, configuration: SharingConfiguration, given: str, address: str, now: datetime
) -> Unlocking:
    """Try a password on a link. Right ones count for the limits as wrong ones do."""
    attempt_or_wait = _count_attempt(configuration, address, now)
    if isinstance(attempt_or_wait, int):
        return Unlocking(retry_after=attempt_or_wait)
    password = _matching_password(configuration, given)
    if password is not None:
        _note_success(attempt_or_wait, password)
    return Unlocking(password=password)


@one_transaction
def _count_attempt(
    configuration: SharingConfiguration, address: str, now: datetime
) -> ShareAttempt | int:
    """The attempt's row, or the seconds to wait.

    The lock makes the limits exact for attempts that come at once.
    """
    links = SharingConfiguration.objects.for_project(configuration.project)
    if links.select_for_update(no_key=True).filter(pk=configuration.pk).first() is None:
        return 1  # it expired and was removed a moment ago: the next request finds no link
    network = network_of(address)
    recent = recent_attempts(configuration=configuration, after=now - WINDOW, until=now + SKEW)
    attempts = list(recent.values_list("address", "attempted_at")[:ATTEMPTS_PER_LINK])
    own = [moment for address, moment in attempts if network_of(address) == network]
    wait = max(
        seconds_to_wait([moment for _, moment in attempts], ATTEMPTS_PER_LINK, WINDOW, now),
        seconds_to_wait(own, ATTEMPTS_PER_ADDRESS, WINDOW, now),
    )
    if wait:
        return wait
    return ShareAttempt.objects.create(
        project=configuration.project,
        configuration=configuration,
        dashboard=configuration.dashboard,
        insight=configuration.insight,
        token_suffix=configuration.token_suffix,
        address=address,
        attempted_at=now,
    )


def _matching_password(configuration: SharingConfiguration, given: str) -> SharePassword | None:
    value = given.strip()  # as when it was made
    if not value or len(value) > LONGEST_PASSWORD:
        return None
    passwords = list(
        SharePassword.objects.for_project(configuration.project)
        .filter(configuration=configuration, is_active=True)
        .order_by("-created_at", "-id")
    )
    matching = matching_hash(value, [password.password_hash for password in passwords])
    for password in passwords:
        if password.password_hash == matching:
            password.configuration = configuration
            return password
    return None


def _note_success(attempt: ShareAttempt, password: SharePassword) -> None:
    attempt.success = True
    attempt.password = password
    attempt.password_note = str(password)
    attempt.save(update_fields=["success", "password", "password_note"])

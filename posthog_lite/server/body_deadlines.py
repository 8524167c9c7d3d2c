"""Deadlines of the request bodies that a process waits for; the more there are, the shorter."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

Refuse = Callable[[threading.Event], None]
LARGE = 1024 * 1024  # bytes that have arrived, and are in the way of others
SECONDS_OF_LARGE = 3  # that they may wait for the rest once room is short


class Refusal(threading.Thread):
    """Ends the read of a body, in a thread of its own: an answer takes time to leave."""

    def __init__(self, refuse: Refuse) -> None:
        super().__init__(daemon=True)
        self.read_has_ended = threading.Event()
        self.is_sent = False
        self._refuse = refuse

    def run(self) -> None:
        self._refuse(self.read_has_ended)
        self.is_sent = True


@dataclass(eq=False, slots=True)
class AwaitedBody:
    """A body that is being read."""

    refuse: Refuse  # ends that; its event tells that the read has ended
    since: float = field(default_factory=monotonic)
    size: int = 0  # of what has arrived
    refusal: Refusal | None = None

    @property
    def was_refused(self) -> bool:
        return self.refusal is not None and self.refusal.is_sent


class AwaitedBodies:
    """The bodies that are being read; the oldest is refused as soon as its time is over."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._bodies: dict[AwaitedBody, None] = {}  # the oldest first
        self._changed = threading.Condition()
        self._watcher: threading.Thread | None = None
        self._is_idle = False

    @contextmanager
    def awaiting(self, refuse: Refuse) -> Iterator[AwaitedBody]:
        """Hold a body while it is read. Afterwards `was_refused` says whether it was cut short."""
        body = AwaitedBody(refuse)
        self._add(body)
        try:
            yield body
        finally:
            with self._changed:
                self._bodies.pop(body, None)
            if body.refusal is not None:
                body.refusal.read_has_ended.set()
                body.refusal.join()

    def seconds_allowed(self) -> float:
        """Return BODY_TIMEOUT while a third of the slots is taken, and 0 when two thirds are.

        However many slow clients come there is room for the next one, and whoever sends at once
        needs no more. The last third is for those that are just being refused.
        """
        third = self._slots / 3
        share = min(max(2 - len(self._bodies) / third, 0), 1)
        return float(settings.BODY_TIMEOUT * share**2)

    def make_room(self) -> None:
        """Refuse the oldest of those of which much has arrived, but not the rest."""
        latest = monotonic() - SECONDS_OF_LARGE
        with self._changed:
            bodies = (body for body in self._bodies if body.size > LARGE and body.since < latest)
            if (oldest := next(bodies, None)) is not None:
                self._refuse(oldest)

    def _add(self, body: AwaitedBody) -> None:
        with self._changed:
            self._bodies[body] = None
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, daemon=True)
                self._watcher.start()
            elif self._is_idle or len(self._bodies) > self._slots // 3:
                self._changed.notify()  # otherwise it looks early enough by itself

    def _watch(self) -> None:
        with self._changed:
            while True:
                self._is_idle = not self._bodies
                if self._is_idle:
                    self._changed.wait()
                    continue
                oldest = next(iter(self._bodies))
                left = oldest.since + self.seconds_allowed() - monotonic()
                if left > 0:
                    self._changed.wait(left)
                else:
                    self._refuse(oldest)

    def _refuse(self, body: AwaitedBody) -> None:
        del self._bodies[body]
        body.refusal = Refusal(body.refuse)
        body.refusal.start()

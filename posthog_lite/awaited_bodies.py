"""The request bodies that a process waits for: none of them for ever, fewer of them for long."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class AwaitedBody:
    """One that is being read. `refuse` ends that; it is told when the read has returned."""

    def __init__(self, refuse: Callable[[threading.Event], None]) -> None:
        self.since = monotonic()
        self.was_refused = False
        self.is_over = threading.Event()
        self.is_settled = threading.Event()
        self._refuse = refuse

    def refuse(self) -> None:
        try:
            self._refuse(self.is_over)
            self.was_refused = True
        finally:
            self.is_settled.set()


class AwaitedBodies:
    """Refuses the one that has been awaited longest as soon as its time is over."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._bodies: dict[AwaitedBody, None] = {}  # the oldest first
        self._changed = threading.Condition()
        self._watcher: threading.Thread | None = None
        self._is_idle = False

    @contextmanager
    def awaiting(self, refuse: Callable[[threading.Event], None]) -> Iterator[AwaitedBody]:
        """While it is being read. Afterwards `was_refused` says whether that was cut short."""
        body = AwaitedBody(refuse)
        self._add(body)
        try:
            yield body
        finally:
            body.is_over.set()
            if not self._remove(body):
                body.is_settled.wait()

    def seconds_allowed(self) -> float:
        """All of BODY_TIMEOUT while a third of the places is taken, none when two thirds are.

        However many slow clients come there is room for the next one, and whoever sends at once
        needs no more. The last third is for those that are just being refused.
        """
        third = self._places / 3
        share = min(max(2 - len(self._bodies) / third, 0), 1)
        return float(settings.BODY_TIMEOUT * share**2)

    def _add(self, body: AwaitedBody) -> None:
        with self._changed:
            self._bodies[body] = None
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, daemon=True)
                self._watcher.start()
            elif self._is_idle or len(self._bodies) > self._places // 3:
                self._changed.notify()  # otherwise it looks early enough by itself

    def _remove(self, body: AwaitedBody) -> bool:
        """False for one that is being refused."""
        with self._changed:
            is_awaited = body in self._bodies
            self._bodies.pop(body, None)
        return is_awaited

    def _watch(self) -> None:
        while True:
            # Each by itself: an answer takes its time to leave.
            threading.Thread(target=self._take_overdue().refuse, daemon=True).start()

    def _take_overdue(self) -> AwaitedBody:
        with self._changed:
            while True:
                oldest = next(iter(self._bodies), None)
                left = None
                if oldest is not None:
                    left = oldest.since + self.seconds_allowed() - monotonic()
                    if left <= 0:
                        del self._bodies[oldest]
                        return oldest
                self._is_idle = left is None
                self._changed.wait(left)

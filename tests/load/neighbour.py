"""A tenant who looks at dashboards while somebody attacks the server that both are on."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import psutil

from tests.load.attacks import Attack, Holding, attacks
from tests.load.site import Site, Tenant
from tests.support.callers import Caller

POLLERS = 3
SECONDS_BETWEEN_POLLS = 0.05
SECONDS_OF_CALM = 2.0
SECONDS_TO_END = 30.0  # for the last answers of an attack
TIMES_CALM = 10  # a machine that is busy with other things is slow without an attack too
MOST_GROWTH = 200 * 2**20


@dataclass
class Seen:
    """How long the neighbour waited, for what answers, and what the workers grew to meanwhile."""

    name: str
    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    growth: int = 0

    @property
    def p95(self) -> float:
        """The seconds within which 95 of a hundred answers came."""
        ordered = sorted(self.seconds)
        return ordered[math.ceil(0.95 * len(ordered)) - 1] if ordered else math.inf

    def describe(self) -> str:
        """Return a line for people."""
        waited = f"p95 {self.p95 * 1000:.0f} ms of {len(self.seconds)}"
        return f"  {self.name}: {waited}, {dict(self.statuses)}, +{self.growth / 2**20:.0f} MB"


class Neighbour:
    """Polls the list and one dashboard, a few at once."""

    def __init__(self, site: Site, tenant: Tenant) -> None:
        self.site = site
        self.caller = Caller(site.port, tenant.caller.headers)
        self.paths = [f"{tenant.project}/dashboards/?limit=20", tenant.dashboard]

    def poll(self, name: str, seconds: float, attack: Attack | Holding | None = None) -> Seen:
        """Poll for some seconds, beside an attack if there is one."""
        seen, is_over = Seen(name), threading.Event()
        begun = self._memory()
        attackers = attack.run(self.site, is_over) if attack else []
        pollers = [
            threading.Thread(target=self._poll, args=[seen, is_over], daemon=True)
            for _ in range(POLLERS)
        ]
        for thread in pollers:
            thread.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.1)
            seen.growth = max(seen.growth, self._growth(begun))
        is_over.set()
        for thread in (*pollers, *attackers):
            thread.join(SECONDS_TO_END)
        return seen

    def _poll(self, seen: Seen, is_over: threading.Event) -> None:
        while not is_over.wait(SECONDS_BETWEEN_POLLS):
            for path in self.paths:
                started = time.monotonic()
                try:
                    status = self.caller("GET", path).status
                except OSError:
                    status = 0
                seen.seconds.append(time.monotonic() - started)
                seen.statuses[status] += 1

    def _memory(self) -> dict[int, int]:
        return {worker.pid: worker.memory_info().rss for worker in self.site.process.workers()}

    def _growth(self, begun: dict[int, int]) -> int:
        try:
            return max(rss - begun.get(pid, 0) for pid, rss in self._memory().items())
        except (psutil.Error, ValueError):
            return 2**40  # a worker is gone


def watch_neighbour(site: Site, *, seconds: float, slowest: float) -> tuple[list[Seen], list[str]]:
    """Run every attack for its part of the seconds. Returns what was seen and what was broken."""
    neighbour = Neighbour(site, site.add_tenant("Neighbour"))
    planned = attacks(site)
    calm = neighbour.poll("calm", SECONDS_OF_CALM)
    most = max(slowest, TIMES_CALM * calm.p95)
    looks, broken = [calm], []
    for attack in planned:
        seen = neighbour.poll(attack.name, seconds / len(planned), attack)
        looks.append(seen)
        broken += _broken(seen, most)
    return looks, broken


def _broken(seen: Seen, most: float) -> list[str]:
    broken = []
    if seen.p95 > most:
        broken.append(f"{seen.name}: the neighbour waits {seen.p95:.1f} s")
    if set(seen.statuses) != {200}:
        broken.append(f"{seen.name}: the neighbour is answered {dict(seen.statuses)}")
    if seen.growth > MOST_GROWTH:
        broken.append(f"{seen.name}: a worker grows by {seen.growth / 2**20:.0f} MB")
    return broken

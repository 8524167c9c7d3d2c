"""`python -m tests.load --seconds 3600`: mixed traffic at twice the capacity, with hostile clients.

For the last fifth of the time a second tenant looks at dashboards while the server is attacked.

Makes its own server and database, calls nothing but 127.0.0.1, stops by itself, prints what it saw,
and ends with 1 where a promise was broken.
"""

from __future__ import annotations

import argparse
import sys
import threading
from collections import Counter

from tests.load.hostile import Holder, holders
from tests.load.neighbour import watch_neighbour
from tests.load.site import Site, running_site
from tests.load.traffic import MIX, Client, Pace, Tally, measure_capacity
from tests.load.watch import Watcher
from tests.support.processes import wait_until

CLIENTS = 64
SECONDS_TO_MEASURE = 5.0
PART_OF_ATTACKS = 0.2
SLOWEST = 1.0  # seconds in which the neighbour of an attack has 95 of a hundred answers
WARM_UP = 0.3  # of the run: threads, caches and the allocator find their size
MEMORY_GROWTH, MEMORY_SLACK = 1.1, 16 * 2**20  # bodies of megabytes come and go
CONNECTIONS = 2 * 10 + 2 + 1  # two pools, one attempt each to see whether the database is there


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--slowest", type=float, default=SLOWEST)
    options = parser.parse_args()
    attacked = options.seconds * PART_OF_ATTACKS
    seconds = options.seconds - int(attacked)
    with running_site() as site:
        capacity = measure_capacity(site, SECONDS_TO_MEASURE)
        say(f"capacity {capacity:.0f} requests a second; {seconds} seconds at twice that")
        broken = run(site, capacity=capacity, seconds=seconds)
        broken += attack(site, seconds=attacked, slowest=options.slowest)
    for promise in broken:
        say(f"BROKEN: {promise}")
    return 1 if broken else 0


def attack(site: Site, *, seconds: float, slowest: float) -> list[str]:
    looks, broken = watch_neighbour(site, seconds=seconds, slowest=slowest)
    say("the neighbour of an attack")
    for seen in looks:
        say(seen.describe())
    return broken


def run(site: Site, *, capacity: float, seconds: int) -> list[str]:
    tally, pace, is_over = Tally(), Pace(2 * capacity), threading.Event()
    watcher = Watcher(site, is_over)
    hostile = holders(site, is_over)
    clients = [Client(site, tally, pace, is_over) for _ in range(CLIENTS)]
    for holder in hostile.values():
        holder.start()
    wait_until(lambda: all(holder.is_settled for holder in hostile.values()), "hold on to it")
    for thread in (watcher, *clients):
        thread.start()
    is_over.wait(seconds)
    is_over.set()
    for thread in (watcher, *clients, *hostile.values()):
        thread.join()
    report(tally, watcher, hostile, seconds)
    broken = broken_promises(site, tally, watcher)
    return broken + never_cut_off(hostile, seconds)


def report(tally: Tally, watcher: Watcher, hostile: dict[str, Holder], seconds: int) -> None:
    by_status: Counter[int] = Counter()
    for (_, status), count in tally.statuses.items():
        by_status[status] += count
    say(f"{tally.answered()} answers, {tally.answered() / seconds:.0f} a second: {dict(by_status)}")
    for (name, status), count in sorted(tally.statuses.items()):
        say(f"  {name} {status}: {count}")
    say(f"slowest answer {tally.slowest:.1f} s")
    for name, holder in hostile.items():
        held = f"{len(holder.sockets)} at the end"
        say(f"{name}: {held}, {holder.closed_by_server} closed, {holder.refused} refused")
    early, late = memory(watcher)
    say(f"memory of the larger worker {early / 2**20:.0f} MB, at the end {late / 2**20:.0f} MB")
    say(f"at most {watcher.threads} threads, {watcher.connections} database connections")


def broken_promises(site: Site, tally: Tally, watcher: Watcher) -> list[str]:
    early, late = memory(watcher)
    broken = [f"{count} times: {problem}" for problem, count in tally.wrong.most_common(20)]
    broken += watcher.looks_failed[:20]
    if late > early * MEMORY_GROWTH + MEMORY_SLACK:
        broken.append(f"memory grew by {late / early - 1:.0%}")
    if watcher.connections > CONNECTIONS:
        broken.append(f"{watcher.connections} database connections")
    if len(watcher.pids) != 2:
        broken.append(f"{len(watcher.pids)} worker processes instead of 2")
    done = {name for name, status in tally.statuses if 200 <= status < 300}
    broken += [f"no {kind.__name__} was answered" for kind in MIX if kind.__name__ not in done]
    return broken


def never_cut_off(hostile: dict[str, Holder], seconds: int) -> list[str]:
    """Who should have been, and was not: the server waits for half a minute, and for a busy CPU."""
    names = ("silent connections", "half headers", "half bodies", "slow bodies")
    held_on = [name for name in names if not hostile[name].closed_by_server]
    return [f"no {name} were cut off" for name in held_on] if seconds >= 60 else []


def memory(watcher: Watcher) -> tuple[float, float]:
    """The mean of the looks after the warm-up, and that of the last tenth."""
    looks = watcher.memory or [0]
    start, tenth = int(len(looks) * WARM_UP), max(1, len(looks) // 10)
    early = looks[start : start + tenth] or looks
    return sum(early) / len(early), sum(looks[-tenth:]) / tenth


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

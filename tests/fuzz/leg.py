"""One leg of a long run: a process with a database, a seed and so many requests of its own.

What schemathesis and hypothesis remember grows with the requests, so a long run has many legs.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from tests.fuzz.run import Findings

SECONDS_BETWEEN_REPORTS = 30
REQUESTS_PER_LEG = 25_000  # what it takes to begin a leg is little beside so many
# Schemathesis counts up from the seed of a run: legs that begin next to each other repeat a lot.
SEEDS_PER_LEG = 1_000_000


@dataclass(frozen=True)
class Leg:
    """What to do."""

    seed: int
    requests: int
    examples: int
    enumerates: bool  # begin with the cases that the document enumerates


def share_out(whole: Leg, processes: int) -> list[Leg]:
    """Legs of one size, the same number of them for each process."""
    count = -(-whole.requests // (REQUESTS_PER_LEG * processes)) * processes
    return [
        replace(
            whole,
            seed=whole.seed + number * SEEDS_PER_LEG,
            requests=-(-whole.requests // count),
            enumerates=whole.enumerates and number == 0,
        )
        for number in range(count)
    ]


@dataclass
class Tally:
    """What came of it; findings that can be sent to another process and added up."""

    statuses: Counter[int] = field(default_factory=Counter)
    checks: int = 0
    failures: dict[tuple[str, str, str], str] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        return self.statuses.total()

    @property
    def server_errors(self) -> int:
        return sum(count for status, count in self.statuses.items() if status >= 500)

    @property
    def is_clean(self) -> bool:
        return not self.failures and not self.server_errors

    def add(self, other: Tally) -> None:
        self.statuses += other.statuses
        self.checks += other.checks
        self.failures = other.failures | self.failures

    def text(self, seconds: float) -> str:
        statuses = ", ".join(
            f"{status}: {count}" for status, count in sorted(self.statuses.items())
        )
        return (
            f"{self.requests} requests in {seconds:.0f} s, {self.requests / seconds:.0f}/s, "
            f"{self.checks} checks, {self.server_errors} answers of 5xx, "
            f"{len(self.failures)} failures ({statuses})"
        )


def run_leg(leg: Leg) -> Tally:
    """Go one leg, in a process that has done nothing else; tell of progress and of failures."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    logging.disable(logging.ERROR)
    with _database(leg.seed):
        return _tally(_run(leg))


def _run(leg: Leg) -> Findings:
    """First what the document enumerates, then random requests until there are enough."""
    from tests.fuzz.run import ENUMERATED, RANDOM, Report, run  # noqa: PLC0415  # after set-up
    from tests.support.world import make_world  # noqa: PLC0415

    def tell(findings: Findings) -> None:
        print(f"seed {leg.seed}: {_tally(findings).text(findings.seconds)}", flush=True)  # noqa: T201

    def tell_failure(operation: str, check: str, text: str) -> None:
        print(f"\nseed {leg.seed}: {check} at {operation}\n{text}\n", flush=True)  # noqa: T201

    world, findings = make_world(), None
    report = Report(tell, tell_failure, every=SECONDS_BETWEEN_REPORTS)
    for phases in [ENUMERATED, RANDOM] if leg.enumerates else [RANDOM]:
        findings = run(
            world,
            phases=phases,
            examples=leg.examples,
            seed=leg.seed,
            requests=leg.requests,
            report=report,
            findings=findings,
        )
    assert findings is not None
    return findings


def _tally(findings: Findings) -> Tally:
    return Tally(findings.server.statuses, findings.checks, findings.failures)


@contextmanager
def _database(seed: int) -> Iterator[None]:
    """A throw-away server, as tests use it, or a test database on that of DATABASE_URL."""
    from django.db import connection, connections  # noqa: PLC0415

    from tests.support.databases import never_wait_for_the_disk  # noqa: PLC0415
    from tests.support.processes import remove_data_dir  # noqa: PLC0415

    name, is_embedded = connection.settings_dict["NAME"], not os.environ.get("DATABASE_URL")
    if is_embedded:
        never_wait_for_the_disk()
    else:  # a server for all legs: each needs a database of its own
        connection.settings_dict["TEST"]["NAME"] = f"test_{name}_{seed}"
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        connections.close_all()
        if is_embedded:
            remove_data_dir(Path(os.environ["TEST_DATA_DIR"]))
        else:
            connection.creation.destroy_test_db(name, verbosity=0)

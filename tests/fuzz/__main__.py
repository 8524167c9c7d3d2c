"""The long run: `python -m tests.fuzz --requests 1000000`."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from tests.fuzz.run import Findings

SECONDS_BETWEEN_REPORTS = 30


def main() -> int:
    """Run it; 1 where something was found."""
    arguments = _arguments()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    logging.disable(logging.ERROR)
    with _database():
        findings = _run(arguments)
    _print_report(findings)
    return 1 if findings.failures or findings.server.failures else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000, help="stop after about so many")
    parser.add_argument("--examples", type=int, default=50, help="of each operation in one turn")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="to see a run again")
    parser.add_argument(
        "--random", action="store_true", help="leave out the cases that the document enumerates"
    )
    return parser.parse_args()


def _run(arguments: argparse.Namespace) -> Findings:
    """First what the document enumerates, then random requests until there are enough."""
    from tests.fuzz.run import ENUMERATED, RANDOM, Report, run  # noqa: PLC0415  # after set-up
    from tests.support.world import make_world  # noqa: PLC0415

    print(f"seed {arguments.seed}", flush=True)  # noqa: T201
    world, findings = make_world(), None
    report = Report(_print_report, _print_failure, every=SECONDS_BETWEEN_REPORTS)
    for phases in [RANDOM] if arguments.random else [ENUMERATED, RANDOM]:
        findings = run(
            world,
            phases=phases,
            examples=arguments.examples,
            seed=arguments.seed,
            requests=arguments.requests,
            report=report,
            findings=findings,
        )
    assert findings is not None
    return findings


def _print_failure(operation: str, check: str, text: str) -> None:
    print(f"\n{check} at {operation}\n{text}\n", flush=True)  # noqa: T201


def _print_report(findings: Findings) -> None:
    server, seconds = findings.server, findings.seconds
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(server.statuses.items()))
    print(  # noqa: T201
        f"{server.requests} requests in {seconds:.0f} s, {server.requests / seconds:.0f}/s, "
        f"{findings.checks} checks, {server.failures} answers of 5xx, "
        f"{len(findings.failures)} failures ({statuses})",
        flush=True,
    )


@contextmanager
def _database() -> Iterator[None]:
    """A throw-away server, as tests use it, or a test database on that of DATABASE_URL."""
    from django.db import connection, connections  # noqa: PLC0415

    from tests.support.processes import remove_data_dir  # noqa: PLC0415

    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        connections.close_all()
        if os.environ.get("DATABASE_URL"):
            connection.creation.destroy_test_db(name, verbosity=0)
        else:
            remove_data_dir(Path(os.environ["TEST_DATA_DIR"]))


if __name__ == "__main__":
    sys.exit(main())

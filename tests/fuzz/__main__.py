"""The long run: `python -m tests.fuzz --requests 1000000 --processes 2`."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed

from tests.fuzz.leg import Leg, Tally, run_leg, share_out


def main() -> int:
    """Run it; 1 where something was found."""
    arguments = _arguments()
    total, started = Tally(), time.monotonic()
    first = Leg(arguments.seed, arguments.requests, arguments.examples, not arguments.random)
    print(f"seed {arguments.seed}", flush=True)  # noqa: T201
    with ThreadPoolExecutor(arguments.processes) as processes:
        legs = [
            processes.submit(_in_a_process, leg) for leg in share_out(first, arguments.processes)
        ]
        try:
            for leg in as_completed(legs):
                total.add(leg.result())
                print(f"total: {total.text(time.monotonic() - started)}", flush=True)  # noqa: T201
        finally:  # where a leg broke, the others need not be gone
            processes.shutdown(cancel_futures=True)
    return 0 if total.is_clean else 1


def _in_a_process(leg: Leg) -> Tally:
    """A new one for each leg, which gives back all its memory; if it is killed, this raises."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(run_leg, leg).result()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000, help="stop after about so many")
    parser.add_argument("--processes", type=int, default=1, help="as many as there are cores")
    parser.add_argument("--examples", type=int, default=50, help="of each operation in one turn")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="to see a run again")
    parser.add_argument(
        "--random", action="store_true", help="leave out the cases that the document enumerates"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

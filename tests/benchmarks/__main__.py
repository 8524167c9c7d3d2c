"""Measures the server against the floor of this machine: `python -m tests.benchmarks --help`.

Only ratios within one run say something: the floor server, which is beside this file, and the
product answer the same requests from the same rows in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from tests.benchmarks.data import Rows
    from tests.benchmarks.measures import Bench, Measure

    Row = tuple[str, str, float, Measure]

LEAST, MOST, NONE = "≥", "≤", ""


def main() -> None:
    options = parse_options()
    with data_folder(options.data_dir) as folder:
        rows = prepare(folder)
        from tests.benchmarks import servers  # noqa: PLC0415  # Django is set up only now
        from tests.benchmarks.measures import Bench  # noqa: PLC0415  # as above

        list_url = f"/api/projects/{rows.projects['100']}/dashboards/"
        port, floor_port = servers.two_ports()
        start = {"url": list_url, "key": rows.key}
        with (
            servers.running(servers.product_command(port), port=port, **start) as product,
            servers.running(servers.floor_command(floor_port), port=floor_port, **start) as floor,
        ):
            idle = product.memory() / 2**20
            bench = Bench(rows, product, floor, options.seconds)
            check_same_answers(bench)
            print_table(bench, options.rounds, only=options.only)
        print_row("Idle memory, 2 workers (MB)", MOST, 110, [idle])
        ready = [servers.seconds_to_ready() for _ in range(options.rounds)]
        print_row("Ready after a start, with its database (s)", MOST, 3, ready)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000, help="events that are queried")
    parser.add_argument("--rounds", type=int, default=3, help="times each row is measured")
    parser.add_argument("--seconds", type=int, default=5, help="seconds of load each time")
    parser.add_argument("--only", default="", help="measure rows with this in their name")
    parser.add_argument("--data-dir", type=Path, help="keep the rows here for the next run")
    return parser.parse_args()


@contextmanager
def data_folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        yield kept.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="posthog-lite-bench-") as folder:
        yield Path(folder)


def start_database(folder: Path) -> None:
    """Start a database in `folder`, and tell the servers."""
    os.environ["DATA_DIR"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "posthog_lite.settings")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    from posthog_lite.database.migration_state import apply_migrations  # noqa: PLC0415  # as in main
    from posthog_lite.embedded.postgres import embedded_database_url  # noqa: PLC0415  # as in main

    os.environ["DATABASE_URL"] = embedded_database_url(folder / "postgres")
    apply_migrations()


def prepare(folder: Path) -> Rows:
    """Start a database in `folder`, and make the rows there unless they are."""
    start_database(folder)
    from tests.benchmarks.data import Rows, make_rows  # noqa: PLC0415  # as in main

    written = folder / "rows.json"
    if not written.exists():
        sys.stderr.write("Making rows …\n")
        made = make_rows()
        written.write_text(json.dumps(vars(made)))
    return Rows(**json.loads(written.read_text()))


def check_same_answers(bench: Bench) -> None:
    """The floor must do the same work: what it answers is what the product answers."""
    from tests.support.processes import get  # noqa: PLC0415  # as in main

    for path in (bench.dashboard("20 tiles"), bench.dashboards()):
        one, other = (
            without_moments(json.loads(get(server.url + path, bench.rows.key)))
            for server in (bench.product, bench.floor)
        )
        if one != other:
            raise SystemExit(f"The floor answers {path} differently.")


def without_moments(value: object) -> object:
    if isinstance(value, dict):
        return {k: without_moments(v) for k, v in value.items() if k != "last_accessed_at"}
    return [without_moments(item) for item in value] if isinstance(value, list) else value


def table() -> list[Row]:
    from tests.benchmarks import measures as m  # noqa: PLC0415  # as in main

    empty, twenty, many, most = (
        partial(m.Bench.dashboard, name=f"{number} tiles") for number in (0, 20, 200, 500)
    )
    page = partial(m.Bench.dashboards, project="100")
    crowded = partial(m.Bench.dashboards, project="100,000")
    deep = partial(crowded, query="?limit=100&offset=99900")
    tagged = partial(m.Bench.dashboards, project="10,000 tags")
    long_text = partial(m.Bench.dashboard, name="1 MB text")
    of_floor, times, patches = m.against_floor, m.times_as_long, m.patches_as_long
    return [
        ("GET a dashboard of 20 tiles, of the floor", LEAST, 0.70, of_floor(twenty)),
        ("The same as a shared page, of the floor's JSON", LEAST, 0.30, m.shared_page),
        ("LIST 100 dashboards, of the floor", LEAST, 0.60, of_floor(page)),
        ("PATCH a name, of the floor", LEAST, 0.75, of_floor(twenty, "PATCH")),
        ("PATCH of an insight, times of a dashboard", MOST, 1.3, patches(m.first_insight, empty)),
        ("304 of 20 tiles, times the whole answer", MOST, 0.4, m.unchanged),
        ("200 tiles, times 20 tiles", MOST, 11, times(many, twenty)),
        ("500 tiles, times 20 tiles", MOST, 27.5, times(most, twenty)),
        ("Page of 100 in 100,000, times in 100", MOST, 6, times(crowded, page)),
        ("Last page in 100,000, times the first", NONE, 0, times(deep, crowded)),
        ("Page of 100 with 10,000 tags, times without", MOST, 2, times(tagged, page)),
        ("Dashboard with 1 MB of text, times empty", NONE, 0, times(long_text, empty)),
        ("SQL queries of GET", MOST, 4, m.queries(twenty)),
        ("SQL queries of LIST", MOST, 3, m.queries(page)),
        ("SQL queries of PATCH", MOST, 6, m.queries(twenty, "PATCH")),
        ("First event of a stream, times GET of empty", MOST, 1.5, m.first_event),
        ("Memory after 10,000 requests, times after 100", MOST, 1.1, m.memory_growth),
    ]


def print_table(bench: Bench, rounds: int, *, only: str) -> None:
    say(f"| {'work':47} | target | median | least | most  |")
    say(f"|{'-' * 49}|{'-' * 8}|{'-' * 8}|{'-' * 7}|{'-' * 7}|")
    for name, sign, target, measure in table():
        if only not in name:
            continue
        once = name.startswith(("SQL", "Memory"))
        print_row(name, sign, target, [measure(bench) for _ in range(1 if once else rounds)])


def print_row(name: str, sign: str, target: float, numbers: list[float]) -> None:
    wanted = f"{sign} {target:g}" if sign else ""
    cells = [f"{median(numbers):6.3g}", f"{min(numbers):5.3g}", f"{max(numbers):5.3g}"]
    say(f"| {name:47} | {wanted:6} | {' | '.join(cells)} |")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

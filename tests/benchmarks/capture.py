"""Measures capture and import against their floor: `python -m tests.benchmarks.capture --help`.

The floor parses the same bodies and COPYs the rows into a plain table. Events come from ten
thousand people, with a dozen properties each; who is new and who is known is left to chance.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.__main__ import (
    LEAST,
    MOST,
    data_folder,
    parse_options,
    prepare,
    print_row,
    say,
)

if TYPE_CHECKING:
    from tests.benchmarks.servers import Server

PEOPLE = 10_000
BODIES = 60
IMPORTED = 100_000
CONNECTIONS = 16
PAGES = [f"https://app.example.com/page/{number}" for number in range(200)]


def main() -> None:
    options = parse_options()
    with data_folder(options.data_dir) as folder:
        rows = prepare(folder)
        from posthog_lite.accounts.models import Project  # noqa: PLC0415  # Django is set up only now
        from tests.benchmarks import servers  # noqa: PLC0415  # as above

        project = Project.objects.get(pk=rows.projects["100"])
        port, floor_port = servers.two_ports()
        floor_command = servers.floor_command(floor_port)
        floor_command[-1] = "tests.benchmarks.capture_floor:application"
        start = {"url": "/_livez", "key": rows.key}
        say(f"| {'work':47} | target | median | least | most  |")
        say(f"|{'-' * 49}|{'-' * 8}|{'-' * 8}|{'-' * 7}|{'-' * 7}|")
        with (
            servers.running(servers.product_command(port), port=port, **start) as product,
            servers.running(floor_command, port=floor_port, **start) as floor,
        ):
            measure_capture(product, floor, project.api_token, options.rounds, options.seconds)
            waits = [times_as_long(product, project, rows.key) for _ in range(options.rounds)]
            print_row("Query after 1,000 events, times after none", MOST, 3, waits)
        imports = [seconds_of_import(project.pk) for _ in range(options.rounds)]
        print_row(f"Import of {IMPORTED:,} events (s)", MOST, 24, imports)


def measure_capture(product: Server, floor: Server, token: str, rounds: int, seconds: int) -> None:
    for size, name, target in ((100, "in hundreds", 0.30), (1, "of one event", 0.40)):
        ratios, rates = [], []
        for _ in range(rounds):
            fastest = events_per_second(floor, token, size, seconds)
            rates.append(events_per_second(product, token, size, seconds))
            ratios.append(rates[-1] / fastest)
        print_row(f"Capture {name}, of the floor", LEAST, target, ratios)
        print_row(f"Capture {name}, events a second", LEAST, 3000 if size > 1 else 0, rates)


def event(number: int) -> dict[str, Any]:
    chance = random.Random(number)  # noqa: S311  # the same each time
    return {
        "event": chance.choice(["$pageview", "$pageview", "$autocapture", "opened", "paid"]),
        "distinct_id": f"user-{int(PEOPLE * chance.random() ** 2)}",
        "timestamp": (datetime.now(UTC) - timedelta(seconds=number % 86_400)).isoformat(),
        "properties": {
            "$browser": chance.choice(["Chrome", "Safari", "Firefox"]),
            "$os": "Mac OS X",
            "$device_type": "Desktop",
            "$current_url": chance.choice(PAGES),
            "$session_id": f"session-{number % 5000}",
            "$lib": "web",
            "$lib_version": "1.2.3",
            "$screen_width": 1440,
            "$screen_height": 900,
            "$referring_domain": "www.example.org",
            "price": chance.randint(1, 100),
            "plan": "pro",
        },
    }


def events_per_second(server: Server, token: str, size: int, seconds: int) -> float:
    """What `wrk` gets answered, times the events in a body."""
    bodies = [
        json.dumps({"api_key": token, "batch": [event(number * size + n) for n in range(size)]})
        for number in range(BODIES if size > 1 else BODIES * 50)
    ]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "post.lua"
        quoted = ",\n".join(f"[==[{body}]==]" for body in bodies)
        script.write_text(
            f"local bodies = {{{quoted}}}\nlocal number = 0\n"
            "function request() number = number % #bodies + 1\n"
            'return wrk.format("POST", nil, {["Content-Type"]="application/json"}, bodies[number])'
            "\nend\n"
        )
        command = [shutil.which("wrk") or "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
        command += ["--timeout", "30s", "-s", str(script), f"{server.url}/batch/"]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if found is None or "Non-2xx" in output:
        raise SystemExit(f"Capture failed:\n{output}")
    return float(found[1]) * size


def times_as_long(server: Server, project: Any, key: str) -> float:
    """How much longer a query takes when a thousand events wait, than when none does."""
    ask(server, project.pk, key)  # moves what the load left
    idle = min(ask(server, project.pk, key) for _ in range(3))
    batch = [event(number) for number in range(1000)]
    post(f"{server.url}/batch/", {"api_key": project.api_token, "batch": batch})
    return ask(server, project.pk, key) / idle


def ask(server: Server, project_id: int, key: str) -> float:
    query = {"kind": "HogQLQuery", "query": "select event, count() from events group by event"}
    started = time.perf_counter()
    body = {"query": query, "refresh": "force_blocking"}
    post(f"{server.url}/api/projects/{project_id}/query/", body, key)
    return time.perf_counter() - started


def post(url: str, body: Any, key: str = "") -> bytes:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310  # our own
    with urllib.request.urlopen(request, timeout=120) as response:  # noqa: S310  # our own
        answer: bytes = response.read()
    return answer


def seconds_of_import(project_id: int) -> float:
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        for number in range(IMPORTED):
            file.write(json.dumps(event(number) | {"uuid": str(uuid.uuid4())}) + "\n")
        file.flush()
        started = time.perf_counter()
        command = [sys.executable, "manage.py", "import_events", "--project", str(project_id)]
        subprocess.run([*command, file.name], check=True, capture_output=True)
        return time.perf_counter() - started


if __name__ == "__main__":
    main()

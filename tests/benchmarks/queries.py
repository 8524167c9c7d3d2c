"""Measures queries against bare SQL on the same engine: `python -m tests.benchmarks.queries`.

Events are made by the engine itself: ninety days, one person in ten events, five names, a few
properties. What is asked through the server and what is asked bare is asked in turn.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tests.benchmarks.__main__ import (
    MOST,
    NONE,
    data_folder,
    parse_options,
    print_row,
    say,
    start_database,
)
from tests.benchmarks.capture import post

if TYPE_CHECKING:
    from tests.benchmarks.servers import Server

ROWS_AT_ONCE = 250_000  # bounds the memory of making them
NAMES = ("$pageview", "opened", "paid", "shared", "left")
EVENT_ROWS = """
INSERT INTO events (project_id, uuid, event, timestamp, distinct_id, person_id, properties,
    elements_chain, created_at, `$session_id`, person_mode)
SELECT {project:Int64}, generateUUIDv4(number),
    ['$pageview', 'opened', 'paid', 'shared', 'left'][1 + cityHash64(number, 1) % 5],
    now64(6, 'UTC') - toIntervalSecond(cityHash64(number, 2) % 7776000),
    concat('user-', toString(cityHash64(number, 3) % {people:UInt64}) AS who),
    reinterpretAsUUID(MD5(concat({project:Int64}::String, who))),
    concat('{"$browser":"', ['Chrome', 'Safari', 'Firefox'][1 + cityHash64(number, 4) % 3],
        '","$current_url":"/page/', toString(cityHash64(number, 5) % 50),
        '","plan":"pro","price":', toString(cityHash64(number, 6) % 100), '}'),
    '', now64(6, 'UTC'), concat('s', toString(cityHash64(number, 7) % 100000)), 'full'
FROM numbers({first:UInt64}, {count:UInt64})
"""
BARE = """
SELECT toYYYYMMDD(timestamp) AS day, {what} FROM events
WHERE project_id = {{project:Int64}} AND event = '{name}'
    AND timestamp >= toStartOfDay(now64(6, 'UTC')) - toIntervalDay({days}) GROUP BY {keys}
"""
DAYS = (7, 30, 60, 89)
BY_BROWSER = "JSONExtract(properties, '$browser', 'Nullable(String)') AS browser, count()"
WAYS: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "total": ("count()", "day", {}),
    "dau": ("uniqExact(person_id)", "day", {"math": "dau"}),
    "by browser": (BY_BROWSER, "day, browser", {}),
}


def main() -> None:
    options = parse_options()
    with data_folder(options.data_dir) as folder:
        start_database(folder)
        from tests.benchmarks import servers  # noqa: PLC0415  # Django is set up only now
        from tests.benchmarks.data import make_project  # noqa: PLC0415  # as above

        project, key = make_project()
        seconds = _timed(lambda: make_events(project, options.events))
        say(f"{options.events:,} events made in {seconds:.0f} s\n")
        say(f"| {'work':47} | target | median | least | most  |")
        say(f"|{'-' * 49}|{'-' * 8}|{'-' * 8}|{'-' * 7}|{'-' * 7}|")
        port, _ = servers.two_ports()
        command = servers.product_command(port)
        with servers.running(command, port=port, url="/_livez", key=key) as product:
            measure(product, project, key, options.rounds)


def make_events(project: int, count: int) -> None:
    """Make them a quarter of a million at a time."""
    from posthog_lite.clickhouse import engine  # noqa: PLC0415  # as in main

    for first in range(0, count, ROWS_AT_ONCE):
        engine.command(
            EVENT_ROWS,
            {
                "project": project,
                "people": max(count // 10, 1),
                "first": first,
                "count": min(ROWS_AT_ONCE, count - first),
            },
        )


def measure(product: Server, project: int, key: str, rounds: int) -> None:
    def ask(query: dict[str, Any]) -> float:
        body = {"query": query, "refresh": "force_blocking"}
        url = f"{product.url}/api/projects/{project}/query/"
        return _timed(lambda: post(url, body, key))

    ask(trend("total", "opened", 7))
    for way in WAYS:
        ratios = [
            ask(trend(way, "paid", 30)) / bare(project, way, "paid", 30) for _ in range(rounds)
        ]
        print_row(f"Trend over 30 days, {way}, times bare", MOST, 1.5, ratios)
    tiles = [(way, name, days) for days in DAYS for name in NAMES for way in WAYS][:20]
    url = dashboard_of(product, project, key, tiles)
    together = []
    for _ in range(rounds):
        one_by_one = sum(bare(project, *tile) for tile in tiles)
        together.append(_timed(lambda: get(f"{url}?refresh=force_blocking", key)) / one_by_one)
    print_row("20 tiles computed anew, times bare one by one", MOST, 1.3, together)
    for name, query in KINDS.items():
        print_row(f"{name} (s)", NONE, 0, [ask(query) for _ in range(rounds)])


def trend(way: str, name: str, days: int) -> dict[str, Any]:
    more = {"breakdownFilter": {"breakdown": "$browser"}} if way == "by browser" else {}
    node = {"kind": "EventsNode", "event": name, **WAYS[way][2]}
    return {
        "kind": "TrendsQuery",
        "series": [node],
        "dateRange": {"date_from": f"-{days}d"},
        **more,
    }


def bare(project: int, way: str, name: str, days: int) -> float:
    from posthog_lite.clickhouse import engine  # noqa: PLC0415  # as in main

    what, keys, _ = WAYS[way]
    sql = BARE.format(what=what, keys=keys, name=name, days=days)
    return _timed(lambda: engine.execute(sql, {"project": project}))


def dashboard_of(product: Server, project: int, key: str, tiles: list[tuple[str, str, int]]) -> str:
    insights = [
        {"insight": {"name": " ".join(map(str, tile)), "query": trend(*tile)}} for tile in tiles
    ]
    url = f"{product.url}/api/projects/{project}/dashboards/"
    made = json.loads(post(url, {"name": "Twenty", "tiles": insights}, key))
    return f"{url}{made['id']}/"


def get(url: str, key: str) -> bytes:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})  # noqa: S310  # our own
    with urllib.request.urlopen(request, timeout=120) as response:  # noqa: S310  # our own
        answer: bytes = response.read()
    return answer


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


RANGE = {"date_from": "-30d"}
STEPS = [{"kind": "EventsNode", "event": name} for name in NAMES[:3]]
ENTITY = {"id": "$pageview", "type": "events"}
EXCLUDED = {"kind": "EventsNode", "event": "left", "funnelFromStep": 0, "funnelToStep": 2}
KINDS: Mapping[str, dict[str, Any]] = {
    "Funnel of 3 steps": {"kind": "FunnelsQuery", "series": STEPS, "dateRange": RANGE},
    "Funnel of 3 steps with an exclusion": {
        "kind": "FunnelsQuery",
        "series": STEPS,
        "dateRange": RANGE,
        "funnelsFilter": {"exclusions": [EXCLUDED]},
    },
    "Retention of 8 weeks": {
        "kind": "RetentionQuery",
        "retentionFilter": {
            "period": "Week",
            "totalIntervals": 8,
            "targetEntity": ENTITY,
            "returningEntity": ENTITY,
        },
    },
    "Lifecycle": {"kind": "LifecycleQuery", "series": STEPS[:1], "dateRange": RANGE},
    "Stickiness": {"kind": "StickinessQuery", "series": STEPS[:1], "dateRange": RANGE},
    "Paths": {"kind": "PathsQuery", "dateRange": RANGE},
    "SQL": {"kind": "HogQLQuery", "query": "select event, count() from events group by event"},
}


if __name__ == "__main__":
    main()

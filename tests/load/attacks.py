"""Attacks on the server, each for a few seconds, by strangers or by one tenant against the others.

Everything is made before it begins, so that what is measured is the server and not these clients.
"""

from __future__ import annotations

import http.client
import itertools
import json
import threading
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.load.hostile import Holder
from tests.load.site import Site

AT_ONCE = 6
SECONDS_TO_ANSWER = 60
MEGABYTE = 2**20
ADDRESSES = [f"127.0.0.{number}" for number in range(2, 10)]  # stand for so many visitors
Call = tuple[str, str, bytes]


@dataclass
class Attack:
    """Calls that some clients send again and again, all at once."""

    name: str
    calls: list[Call]
    headers: dict[str, str] = field(default_factory=dict)
    at_once: int = AT_ONCE
    statuses: Counter[int] = field(default_factory=Counter)

    def run(self, site: Site, is_over: threading.Event) -> list[threading.Thread]:
        """Start the clients."""
        calls = itertools.cycle(self.calls)
        lock = threading.Lock()

        def send_all(address: str) -> None:
            while not is_over.is_set():
                with lock:
                    call = next(calls)
                self.statuses[_send(site.port, call, self.headers, address)] += 1

        addresses = itertools.islice(itertools.cycle(ADDRESSES), self.at_once)
        threads = [threading.Thread(target=send_all, args=[one], daemon=True) for one in addresses]
        for thread in threads:
            thread.start()
        return threads


@dataclass
class Holding:
    """Connections that are held: half bodies, and readers that do not read."""

    name: str
    request: bytes
    count: int
    drip: bytes = b""
    statuses: Counter[int] = field(default_factory=Counter)

    def run(self, site: Site, is_over: threading.Event) -> list[threading.Thread]:
        """Start to open them."""
        holder = Holder(site, self.request, self.count, is_over, self.drip)
        holder.start()
        return [holder]


def _send(port: int, call: Call, headers: dict[str, str], address: str) -> int:
    method, path, body = call
    connection = http.client.HTTPConnection(
        "127.0.0.1", port, timeout=SECONDS_TO_ANSWER, source_address=(address, 0)
    )
    try:
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before it was all sent
            connection.request(method, path, body, {"Content-Type": "application/json"} | headers)
        response = connection.getresponse()
        while response.read(MEGABYTE):
            pass
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
    return response.status


def attacks(site: Site) -> list[Attack | Holding]:
    """Return all of them, with what they need on the server."""
    key = site.caller.headers
    return [
        *_large_bodies(site, key),
        *_guesses(site),
        *_filters(site, key),
        *_pages(site),
        *_held(site, key),
    ]


def _wide_bodies() -> list[bytes]:
    wide: dict[str, Any] = {
        "tags": ["t"] * 500_000,
        "tiles": [{}] * 500_000,
        "breakdown_colors": [{}] * 500_000,
        "filters": {"properties": [{"key": "a", "value": 1}] * 200_000},
        "variables": {f"{number}": {} for number in range(200_000)},
    }
    return [json.dumps({"name": "wide", name: value}).encode() for name, value in wide.items()]


def _large_bodies(site: Site, key: dict[str, str]) -> Iterable[Attack]:
    path = f"{site.project}/dashboards/"
    many = 19 * MEGABYTE // 3
    bodies = [b"[" + item * (many - 1) + item[:2] + b"]" for item in (b"{},", b"[],")]
    bodies.append(b"[" + b"1e1," * (many * 3 // 4) + b"1]")
    yield Attack(
        "large bodies of strangers",
        [
            ("POST", place, body)
            for body in bodies
            for place in (path, "/shared/x", "/admin/login/")
        ],
    )
    yield Attack("large bodies of wrong keys", _posts(path, bodies), {"Authorization": "Bearer no"})
    yield Attack("large bodies of a tenant", _posts(path, bodies), key)
    yield Attack("large events of nobody", _posts("/batch/", [_events(b"phc_nobody"), *bodies]))
    deep = [b'{"a":' * 200_000 + b"1" + b"}" * 200_000, b"[" * 5 * MEGABYTE]
    yield Attack("deep bodies", _posts(path, deep), key)
    yield Attack("wide lists", _posts(path, _wide_bodies()), key, at_once=2)
    rocket = "\N{ROCKET}"
    long = [
        json.dumps({"name": text}, ensure_ascii=False).encode()
        for text in (rocket * 4_800_000, "a" * 19_000_000 + rocket)
    ]
    yield Attack("long texts", [*_posts(path, long), *_posts("/batch/", long)], key)
    escapes = [name + b"%41" * (19 * MEGABYTE // 3) for name in (b"name=", b"data=")]
    yield Attack(
        "escaped forms",
        [*_posts(path, escapes), *_posts("/batch/", escapes), *_posts("/shared/x", escapes)],
        {**key, "Content-Type": "application/x-www-form-urlencoded"},
    )


def _events(token: bytes) -> bytes:
    event = b'{"event":"a","distinct_id":"b"}'
    many = b",".join([event] * (19 * MEGABYTE // (len(event) + 1)))
    return b'{"token":"' + token + b'","batch":[' + many + b"]}"


def _posts(path: str, bodies: Iterable[bytes]) -> list[Call]:
    return [("POST", path, body) for body in bodies]


def _guesses(site: Site) -> Iterable[Attack]:
    links = [_protected_link(site, number) for number in site.dashboards[:4]]
    guesses = (json.dumps({"password": f"wrong {number}"}).encode() for number in itertools.count())
    calls = [("POST", f"/shared/{token}", next(guesses)) for token in links * 40]
    yield Attack("wrong passwords at links", calls, at_once=32)
    form = b"username=load%40example.com&password=wrong"
    yield Attack(
        "wrong passwords at the login",
        [("POST", "/admin/login/", form)],
        {"Content-Type": "application/x-www-form-urlencoded"},
        at_once=32,
    )


def _protected_link(site: Site, dashboard: int) -> str:
    path = f"{site.dashboard(dashboard)}sharing/"
    body = {"enabled": True, "password_required": True}
    token: str = site.caller("PATCH", path, body).json()["access_token"]
    site.caller("POST", f"{path}passwords/", {"raw_password": "the right one"})
    return token


def _filters(site: Site, key: dict[str, str]) -> Iterable[Attack]:
    query = _trends([_leaf(number) for number in range(300)])
    tiles = [{"insight": {"name": f"{number}", "query": query}} for number in range(30)]
    path = site.dashboard(_created(site, {"name": "Filtered", "tiles": tiles}))
    changes = [
        json.dumps({"filters": {"properties": [_leaf(start + number) for number in range(240)]}})
        for start in (0, 500)
    ]
    yield Attack(
        "filters over filters",
        [("PATCH", path, change.encode()) for change in changes] + [("GET", path, b"")],
        key,
    )
    odd = _trends([{"key": "a", "type": {}, "value": "x"}])
    yield Attack(
        "tiles copied by hundreds",
        [
            ("PATCH", path, json.dumps({"duplicate_tiles": [{"id": 1}] * 500}).encode()),
            ("POST", f"{site.project}/insights/", json.dumps({"query": odd}).encode()),
        ],
        key,
        at_once=4,
    )


def _trends(properties: list[dict[str, Any]]) -> dict[str, Any]:
    series = [{"kind": "EventsNode", "event": "a"}]
    source = {"kind": "TrendsQuery", "series": series, "properties": properties}
    return {"kind": "InsightVizNode", "source": source}


def _leaf(number: int) -> dict[str, Any]:
    return {"key": f"k{number}", "type": "event", "operator": "exact", "value": ["x" * 40]}


def _pages(site: Site) -> Iterable[Attack]:
    texts = ["![" * 2000, "*_" * 2000, "[" * 4000, "|x|y|\n" * 660, "> " * 2000, "`" * 4000]
    tiles = [{"text": {"body": texts[number % len(texts)]}} for number in range(100)]
    token = _open_link(site, _created(site, {"name": "Texts", "tiles": tiles}))
    yield Attack("Markdown that takes long", [("GET", f"/shared/{token}", b"")])
    large = _open_link(site, site.large_dashboard)
    addresses = [f"/shared/{large}.json", f"/embedded/{large}"]
    yield Attack("visitors of large pages", [("GET", address, b"") for address in addresses])
    documents = ["/api/schema/", "/api/schema/?format=json", "/api/schema/swagger-ui/", "/shared/x"]
    yield Attack("the document", [("GET", path, b"") for path in documents], at_once=16)


def _open_link(site: Site, dashboard: int) -> str:
    path = f"{site.dashboard(dashboard)}sharing/"
    token: str = site.caller("PATCH", path, {"enabled": True}).json()["access_token"]
    return token


def _created(site: Site, body: dict[str, Any]) -> int:
    number: int = site.caller("POST", f"{site.project}/dashboards/", body).json()["id"]
    return number


def _held(site: Site, key: dict[str, str]) -> Iterable[Holding]:
    credentials = "".join(f"{name}: {value}\r\n" for name, value in key.items())
    start = f"Host: 127.0.0.1\r\n{credentials}"
    path, large = f"{site.project}/dashboards/", site.dashboard(site.large_dashboard)
    slow = f"POST {path} HTTP/1.1\r\n{start}Content-Length: 1000000\r\n\r\n"
    yield Holding("slow bodies", slow.encode(), 200, b" ")
    stream = f"GET {large}stream_tiles/ HTTP/1.1\r\n{start}\r\n"
    yield Holding("streams that nobody reads", stream.encode(), 56)
    whole = f"GET {large} HTTP/1.1\r\n{start}\r\n"
    yield Holding("answers that nobody reads", whole.encode(), 12)

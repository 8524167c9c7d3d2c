"""Clients of a real server, one connection for each request, many at once."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier, Lock
from typing import Any, TypeVar

from django.http import HttpResponse

from tests.support.openapi import find_mismatch
from tests.support.processes import SECONDS

R = TypeVar("R")
_one_checks = Lock()  # the document is made by the first who asks, and not for two at once


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: dict[str, str]

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Caller:
    """Somebody who calls the server on a port of this machine; answers must be as documented."""

    port: int
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, method: str, path: str, body: Any = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            text = None if body is None else json.dumps(body, ensure_ascii=False).encode()
            headers = {"Content-Type": "application/json", **self.headers}
            connection.request(method, path, text, headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.read(), dict(response.getheaders()))
        finally:
            connection.close()
        documented = HttpResponse(answer.body, status=answer.status)
        documented["Content-Type"] = answer.headers.get("content-type", "")
        with _one_checks:
            problem = find_mismatch(method, path.partition("?")[0], documented)
        assert problem is None, problem
        return answer


def with_key(port: int, key: str) -> Caller:
    return Caller(port, {"Authorization": f"Bearer {key}"})


def at_once(*calls: Callable[[], R]) -> list[R]:
    """What each of the calls returns, all started in the same moment."""
    start = Barrier(len(calls))

    def run(call: Callable[[], R]) -> R:
        start.wait(SECONDS)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def statuses(answers: Sequence[Answer]) -> list[int]:
    return sorted(answer.status for answer in answers)

"""Runs schemathesis over every operation of the document and gathers what it finds."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from unittest.mock import patch

import schemathesis
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.transport.wsgi import WSGITransport

from tests.fuzz.accepted import JSON, is_a_finding
from tests.fuzz.configuration import configuration, kept_configuration
from tests.fuzz.server import InProcessServer, kept_connections
from tests.support.openapi import document, mismatches
from tests.support.world import World

ENUMERATED = ["examples", "coverage"]
RANDOM = ["fuzzing", "stateful"]


@dataclass
class Report:
    """Tells of a run every so many seconds, and of each failure at once."""

    tell: Callable[[Findings], None]
    tell_failure: Callable[[str, str, str], None]
    every: float
    told: float = 0
    failures_told: int = 0

    def __call__(self, findings: Findings) -> None:
        for (operation, check, _), text in list(findings.failures.items())[self.failures_told :]:
            self.tell_failure(operation, check, text)
        self.failures_told = len(findings.failures)
        if findings.seconds - self.told >= self.every:
            self.told = findings.seconds
            self.tell(findings)


@dataclass
class Findings:
    """What a run was about and what it found."""

    server: InProcessServer
    started: float = field(default_factory=time.monotonic)
    checks: int = 0
    failures: dict[tuple[str, str, str], str] = field(default_factory=dict)
    requests_by_phase: Counter[str] = field(default_factory=Counter)
    links: int = 0  # ways to go on from one operation's answer to another operation

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def add(self, operation: str, check: str, kind: str, text: str) -> None:
        """Note a failure, once for each operation and kind."""
        self.failures.setdefault((operation, check, kind), text)


def run(
    world: World,
    *,
    phases: list[str],
    examples: int = 1,
    seed: int = 1,
    requests: int | None = None,
    operations: str = "",
    forms: bool = True,
    queries: int = 1,
    report: Report | None = None,
    findings: Findings | None = None,
) -> Findings:
    """Call the operations whose path matches `operations`, at most about `requests` times.

    Of the bodies of `query/`, some ten thousand, one of so many as `queries` says is sent.
    `findings` of an earlier run are added to.
    """
    findings = findings or Findings(InProcessServer())
    forever = 10**6 if requests else None  # seconds: random phases repeat until time is over
    config = configuration(world, phases=phases, examples=examples, seed=seed, seconds=forever)
    schema: Any = schemathesis.openapi.from_dict(_document(operations, forms), config=config)
    schema.app = findings.server
    schema.hook("filter_failure")(is_a_finding)
    schema.hook("filter_case")(_one_query_of(queries))
    stream = from_schema(schema).execute()
    with (
        kept_configuration(),
        kept_connections(findings.server),
        patch.object(WSGITransport, "send", _send),
    ):
        for event in stream:
            _note(event, findings)
            _note_mismatches(findings)
            if report:
                report(findings)
            if requests and findings.server.requests >= requests:
                stream.stop()
    return findings


def _one_query_of(many: int) -> Callable[[Any, Any], bool]:
    numbers = count()

    def filter_case(context: Any, case: Any) -> bool:
        return not case.operation.path.endswith("/query/") or next(numbers) % many == 0

    return filter_case


def _document(operations: str, forms: bool) -> Any:
    """A copy, with the paths that match, and with JSON alone where forms are not wanted."""
    whole = json.loads(json.dumps(document()))
    whole["paths"] = {
        path: item for path, item in whole["paths"].items() if re.search(operations, path)
    }
    for operation in (each for item in whole["paths"].values() for each in item.values()):
        content = operation.get("requestBody", {}).get("content", {})
        for media_type in [*content] if not forms else []:
            if media_type != JSON:
                del content[media_type]
    return whole


_original_send = WSGITransport.send


def _send(self: WSGITransport, case: Any, **options: Any) -> Any:
    """Without what concerns sockets: schemathesis sends it along with its probes of auth."""
    for name in ("max_redirects", "verify", "cert", "proxies"):
        options.pop(name, None)
    return _original_send(self, case, **options)


def _note(event: events.EngineEvent, findings: Findings) -> None:
    match event:
        case events.PhaseStarted():
            findings.server.keeps_writes = event.phase.name.value == "stateful"
            findings.requests_by_phase[event.phase.name.value] -= findings.server.requests
            if event.payload is not None:
                findings.links = event.payload.transitions_selected
        case events.PhaseFinished():
            findings.requests_by_phase[event.phase.name.value] += findings.server.requests
        case events.ScenarioFinished():
            _note_checks(event.recorder, findings)
        case events.NonFatalError():
            findings.add(event.label, "error", event.info.title, str(event.info.message))
        case events.FatalError():
            raise event.exception


def _note_mismatches(findings: Findings) -> None:
    """Move what the check of every answer has found; it knows no paths outside the document."""
    while mismatches:
        text = mismatches.pop()
        findings.add(text.partition(":")[0], "documented_answer", text[:300], text)


def _note_checks(recorder: ScenarioRecorder, findings: Findings) -> None:
    for case_id, checks in recorder.checks.items():
        findings.checks += len(checks)
        for check in checks:
            if check.failure_info is None:
                continue
            failure = check.failure_info.failure
            interaction = recorder.interactions.get(case_id)
            response = interaction.response if interaction else None
            answer = f"{response.status_code} {response.text[:300]}" if response else ""
            text = f"{failure.message}\n{check.failure_info.code_sample}\n{answer}"
            kind = answer if answer.startswith("4") else failure.message
            findings.add(failure.operation or "", check.name, kind[:300], text)

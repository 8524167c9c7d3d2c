from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime
from typing import Any

import orjson
from django.utils import timezone

from posthog_lite.accounts.models import Project
from posthog_lite.domain import DomainError, Missing
from posthog_lite.management.commands.import_events import opened
from posthog_lite.management.examples import CommandWithExamples
from posthog_lite.management.refusals import one_line_errors
from posthog_lite.query.errors import ParseError
from posthog_lite.query.freshness import FORCE_BLOCKING
from posthog_lite.query.results import answer, envelope
from posthog_lite.server.serving import exit_on_signals


def moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a moment, like 2026-11-26T12:00:00Z.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Command(CommandWithExamples):
    help = (
        "Answer a query of a project, given as JSON: what the query endpoint would answer, on one\n"
        "line. A query that is refused prints the error the endpoint would, with exit code 1."
    )
    examples = [
        ("From a file", "query --project 1 trends.json"),
        (
            "From standard input, as it would have been answered at another time",
            "query --project 1 --now 2026-11-01T00:00:00Z -",
        ),
    ]
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", type=int, required=True, metavar="ID")
        parser.add_argument("--now", type=moment, metavar="MOMENT", help="default: the present")
        parser.add_argument(
            "file", nargs="?", default="-", metavar="FILE", help="default: -, the standard input"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        exit_on_signals()
        with opened(options["file"]) as source:
            text = source.read()
        with one_line_errors():
            self._answer(text, **options)

    def _answer(self, text: bytes, *, project: int, now: datetime | None, **options: Any) -> None:
        try:
            found = answer(
                project=project_of(project),
                query=query_from(text),
                now=now or timezone.now(),
                freshness=FORCE_BLOCKING,
                is_kept=now is None,
            )
        except DomainError as error:
            self.stdout.write(orjson.dumps(error_body(error)).decode())
            sys.exit(1)
        self.stdout.write(envelope(found).decode())


def project_of(number: int) -> Project:
    project = Project.objects.filter(pk=number).first()
    if project is None:
        raise Missing("Project not found.", attr="project")
    return project


def query_from(text: bytes) -> dict[str, Any]:
    """The query in a JSON text, also where it stands in a body for the query endpoint."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ParseError(f"The query is not JSON: {error}", attr="query") from error
    if isinstance(found, dict) and "kind" not in found and isinstance(found.get("query"), dict):
        found = found["query"]
    if not isinstance(found, dict):
        raise ParseError("Query must be a JSON object.", attr="query")
    return found


def error_body(error: DomainError) -> dict[str, str | None]:
    return {
        "type": error.type,
        "code": error.code,
        "detail": error.detail,
        "attr": error.attr,
    }

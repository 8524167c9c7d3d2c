from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command

from posthog_lite.accounts.models import Project
from posthog_lite.query import results
from posthog_lite.query.models import Result

QUERY = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "$pageview"}]}


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stands in for the engine, and keeps the moments at which it is asked."""
    found: list[str] = []

    def compute(node: Any, context: Any, ask: Any) -> dict[str, Any]:
        found.append(context.now.isoformat())
        return {"results": [1, None], "hasMore": False}

    monkeypatch.setattr(results, "compute", compute)
    return found


def run(tmp_path: Path, query: object, *arguments: str) -> Any:
    file = tmp_path / "query.json"
    file.write_bytes(query if isinstance(query, bytes) else orjson.dumps(query))
    output = io.StringIO()
    call_command("query", *arguments, str(file), stdout=output)
    assert output.getvalue().count("\n") == 1
    return orjson.loads(output.getvalue())


def test_answer_is_printed(project: Project, tmp_path: Path, moments: list[str]) -> None:
    found = run(tmp_path, QUERY, f"--project={project.pk}")

    assert (found["results"], found["is_cached"]) == ([1, None], False)
    assert Result.objects.for_project(project).exists()


def test_body_for_the_endpoint_is_taken_too(
    project: Project, tmp_path: Path, moments: list[str]
) -> None:
    assert run(tmp_path, {"query": QUERY}, f"--project={project.pk}")["results"] == [1, None]


def test_moment_is_given_and_leaves_no_trace(
    project: Project, tmp_path: Path, moments: list[str]
) -> None:
    run(tmp_path, QUERY, f"--project={project.pk}", "--now=2020-01-02T03:04:05Z")

    assert moments == ["2020-01-02T03:04:05+00:00"]
    assert not Result.objects.for_project(project).exists()


@pytest.mark.parametrize(
    ("query", "code", "attr"),
    [
        ({"kind": "NoSuchThing"}, "parse_error", "query.kind"),
        ({"kind": "WebOverviewQuery"}, "unsupported_query", "query.kind"),
        (b"{", "parse_error", "query"),
        (b"[1]", "parse_error", "query"),
    ],
)
def test_refusal_is_printed_as_the_endpoint_says_it(
    project: Project,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    query: object,
    code: str,
    attr: str,
) -> None:
    file = tmp_path / "query.json"
    file.write_bytes(query if isinstance(query, bytes) else orjson.dumps(query))

    with pytest.raises(SystemExit) as caught:
        call_command("query", f"--project={project.pk}", str(file))

    assert caught.value.code == 1
    body = orjson.loads(capsys.readouterr().out)
    assert (body["type"], body["code"], body["attr"]) == ("validation_error", code, attr)
    assert body["detail"]


def test_unknown_project_is_told(
    db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "query.json"
    file.write_bytes(orjson.dumps(QUERY))

    with pytest.raises(SystemExit):
        call_command("query", "--project=1", str(file))

    assert orjson.loads(capsys.readouterr().out)["detail"] == "Project not found."


def test_moment_that_is_none_is_refused(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is not a moment"):
        call_command("query", "--project=1", "--now=tomorrow")

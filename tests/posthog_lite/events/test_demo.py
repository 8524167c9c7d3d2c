from __future__ import annotations

from datetime import timedelta
from types import ModuleType

from django.utils import timezone

from posthog_lite.accounts.models import Project
from posthog_lite.events import outbox
from posthog_lite.events.demo import DAYS, demo_lines
from posthog_lite.events.imports import ImportedPerson
from posthog_lite.events.models import Person
from posthog_lite.events.services.demo import create_demo_events
from tests.posthog_lite.events.capturing import NOW


def test_same_now_gives_the_same_product() -> None:
    assert list(demo_lines(now=NOW)) == list(demo_lines(now=NOW))


def test_product_is_believable(engine: ModuleType, project: Project) -> None:
    create_demo_events(project=project)
    outbox.move_waiting(project_id=project.pk)

    def ask(sql: str) -> list[float]:
        found = engine.execute(
            f"SELECT {sql} FROM events WHERE project_id = {{id:Int64}}",  # noqa: S608  # written here
            {"id": project.pk},
        )
        row: list[float] = found.rows[0]
        return row

    people = Person.objects.for_project(project).count()
    assert people > 2000
    [first, last, week, before] = ask(
        "toUnixTimestamp(min(timestamp)), toUnixTimestamp(max(timestamp)),"
        " countIf(timestamp > now() - INTERVAL 7 DAY),"
        " countIf(timestamp <= now() - INTERVAL 60 DAY) / 4"
    )
    now = timezone.now().timestamp()
    assert now - (DAYS + 1) * 86_400 < first < now - (DAYS - 4) * 86_400
    assert now - 86_400 < last <= now
    assert week > 1.5 * before, "it grows"
    [visited, signed_up, active, paid] = ask(
        "uniqExactIf(person_id, event = '$pageview'), uniqExactIf(person_id, event = 'signed up'),"
        " uniqExactIf(person_id, event = 'note created'),"
        " uniqExactIf(person_id, event = 'plan upgraded')"
    )
    assert visited == people
    assert 0.2 < signed_up / visited < 0.5
    assert 0.5 < active / signed_up < 0.9
    assert 0.05 < paid / signed_up < 0.3
    [generations, calls] = ask(
        "countIf(event = '$ai_generation'), countIf(event = '$mcp_tool_call')"
    )
    assert generations > 500
    assert calls > 300


def test_fewer_and_fewer_come_back() -> None:
    lines = list(demo_lines(now=NOW))
    signed_up = {}
    weeks: dict[int, set[str]] = {}
    for line in lines:
        if isinstance(line, ImportedPerson):
            continue
        if line.event == "signed up" and line.timestamp < NOW - timedelta(weeks=8):
            signed_up[line.distinct_id] = line.timestamp
        elif line.distinct_id in signed_up:
            week = (line.timestamp - signed_up[line.distinct_id]).days // 7
            weeks.setdefault(week, set()).add(line.distinct_id)

    shares = [len(weeks[week]) / len(signed_up) for week in (0, 1, 3, 7)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.6
    assert shares[-1] > 0.05

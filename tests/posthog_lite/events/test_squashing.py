from __future__ import annotations

from datetime import timedelta
from types import ModuleType

from posthog_lite.accounts.models import Project
from posthog_lite.events import outbox
from posthog_lite.events.models import PersonOverride
from posthog_lite.events.squashing import squash
from tests.posthog_lite.events.capturing import capture, captured, person_of
from tests.posthog_lite.events.test_outbox import stored


def merge(project: Project, source: str, target: str) -> None:
    capture(project, captured("$merge_dangerously", target, {"alias": source}))


def owners(engine: ModuleType, project: Project) -> set[str]:
    return {owner for (owner,) in stored(engine, project, "person_id")}


def test_events_of_merged_people_are_rewritten(
    engine: ModuleType, project: Project, other_project: Project
) -> None:
    for each in (project, other_project):
        capture(each, captured("x", "a"), captured("x", "b"), captured("x", "c"))
        merge(each, "a", "b")
    merge(project, "b", "c")
    for each in (project, other_project):
        outbox.move_waiting(project_id=each.pk)

    assert squash(project_id=project.pk, age=timedelta(0)) == 2

    assert owners(engine, project) == {str(person_of(project, "c").uuid)}
    assert stored(engine, project, "person_id", "person_overrides") == []
    assert not PersonOverride.objects.for_project(project).exists()
    assert len(owners(engine, other_project)) == 3


def test_merges_of_now_are_left_alone(engine: ModuleType, project: Project) -> None:
    capture(project, captured("x", "a"), captured("x", "b"))
    merge(project, "a", "b")
    outbox.move_waiting(project_id=project.pk)

    assert squash(project_id=project.pk) == 0


def test_nothing_is_squashed_while_events_wait(engine: ModuleType, project: Project) -> None:
    capture(project, captured("x", "a"), captured("x", "b"))
    merge(project, "a", "b")

    assert squash(project_id=project.pk, age=timedelta(0)) == 0


def test_merge_of_what_was_squashed_counts_once(engine: ModuleType, project: Project) -> None:
    capture(project, captured("x", "a"), captured("x", "b"), captured("x", "c"))
    merge(project, "a", "b")
    outbox.move_waiting(project_id=project.pk)
    squash(project_id=project.pk, age=timedelta(0))
    merge(project, "b", "c")
    outbox.move_waiting(project_id=project.pk)

    [[old, now]] = stored(engine, project, "old_person_id, person_id", "person_overrides")
    assert now == str(person_of(project, "a").uuid)
    assert owners(engine, project) - {old} == {now}

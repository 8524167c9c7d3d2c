from __future__ import annotations

from types import ModuleType

from posthog_lite.accounts.models import Project
from posthog_lite.accounts.services.organizations import delete_projects
from posthog_lite.events import outbox
from posthog_lite.events.models import DeletedProject, OutboxEntry, Person, PersonDistinctId
from tests.posthog_lite.events.capturing import capture, captured
from tests.posthog_lite.events.test_outbox import stored


def test_deleted_project_leaves_nothing(
    engine: ModuleType, project: Project, other_project: Project
) -> None:
    for each in (project, other_project):
        capture(each, captured("x", "a"), captured("x", "b"))
        capture(each, captured("$merge_dangerously", "a", {"alias": "b"}))
        outbox.move_waiting(project_id=each.pk)
    capture(project, captured("waits", "c"))
    gone = Project(pk=project.pk)

    delete_projects(projects=[project])
    outbox.empty_engine_of_deleted_projects()

    for model in (Person, PersonDistinctId, OutboxEntry):
        assert not model.all_projects.filter(project_id=gone.pk).exists()
    for table in ("events", "persons", "person_distinct_ids", "person_overrides"):
        assert stored(engine, gone, "project_id", table) == []
        assert stored(engine, other_project, "project_id", table) != []
    assert not DeletedProject.objects.exists()

"""The database keeps how many dashboards a project lists, whoever writes them and however."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from dashboards.models import CreationMode, Dashboard
from dashboards.selectors.dashboard_rows import LISTED_COUNT
from dashboards.selectors.dashboards import DashboardFilters, list_dashboards
from posthog_lite.accounts.models import Project, User
from posthog_lite.accounts.selectors import ProjectAccess
from posthog_lite.accounts.services.organizations import delete_projects
from tests.factories import DashboardFactory
from tests.support.strategies import in_the_database

Change = Callable[[Project, Project], object]


def all_of(project: Project) -> list[int]:
    return [pk for (pk,) in Dashboard.objects.for_project(project).values_list("pk")]


def add(*, mode: str, deleted: bool, number: int) -> Change:
    """Several in one statement."""

    def change(project: Project, other: Project) -> object:
        fields = {"project": project, "creation_mode": mode, "deleted": deleted}
        return Dashboard.all_projects.bulk_create(Dashboard(**fields) for _ in range(number))

    return change


def update(**values: object) -> Change:
    return lambda project, other: Dashboard.objects.for_project(project).update(**values)


def remove_half(project: Project, other: Project) -> None:
    Dashboard.all_projects.filter(pk__in=all_of(project)[::2]).delete()


def move_half(project: Project, other: Project) -> None:
    Dashboard.all_projects.filter(pk__in=all_of(project)[::2]).update(project=other)


def exchange(project: Project, other: Project) -> None:
    """One statement that takes from both and gives to both."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dashboards_dashboard SET project_id = %s - project_id"
            " WHERE project_id = ANY(%s)",
            [project.pk + other.pk, [project.pk, other.pk]],
        )


modes = st.sampled_from(CreationMode.values)
changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(add, mode=modes, deleted=st.booleans(), number=st.integers(0, 3)),
    st.builds(update, deleted=st.booleans()),
    st.builds(update, creation_mode=modes),
    st.builds(update, creation_mode=modes, deleted=st.booleans()),
    st.sampled_from([remove_half, move_half, exchange, update(name="other")]),
)


def counted(project: Project) -> int:
    [(number,)] = LISTED_COUNT.rows(project=project.pk)
    assert isinstance(number, int)
    return number


def listed(project: Project) -> int:
    access = ProjectAccess(project, User(pk=0), None)
    return list_dashboards(access=access, filters=DashboardFilters()).count()


@in_the_database
@given(script=st.lists(st.tuples(changes, st.booleans()), max_size=12))
def test_it_is_what_the_list_has_after_any_change(
    project: Project, other_project: Project, script: list[tuple[Change, bool]]
) -> None:
    for change, is_other in script:
        pair = (other_project, project) if is_other else (project, other_project)
        change(*pair)
        assert [counted(one) for one in pair] == [listed(one) for one in pair]


def test_the_list_tells_it(client: APIClient, project: Project, url: str) -> None:
    DashboardFactory.create_batch(3, project=project)
    assert client.get(f"{url}?limit=1").json()["count"] == 3
    assert client.get(f"{url}?limit=1&offset=9").json()["count"] == 3


def test_it_can_be_set_right_after_writing_without_triggers(project: Project) -> None:
    first, _ = DashboardFactory.create_batch(2, project=project)
    check_constraints_now()
    execute("ALTER TABLE dashboards_dashboard DISABLE TRIGGER USER")
    DashboardFactory.create_batch(5, project=project)
    check_constraints_now()
    execute("ALTER TABLE dashboards_dashboard ENABLE TRIGGER USER")
    assert (counted(project), listed(project)) == (2, 7)
    for _ in range(2):  # it may be run at any time
        execute("SELECT dashboards_recount_listed()")
        assert counted(project) == 7
    first.delete()
    assert counted(project) == 6


def test_nothing_is_left_of_a_project_that_is_deleted(
    project: Project, other_project: Project
) -> None:
    DashboardFactory.create_batch(2, project=project)
    DashboardFactory.create(project=other_project)
    delete_projects(projects=[project])
    assert counters() == {other_project.pk}


def test_nothing_is_left_of_a_table_that_is_emptied(project: Project) -> None:
    DashboardFactory.create_batch(2, project=project)
    check_constraints_now()
    execute("TRUNCATE dashboards_dashboard CASCADE")
    assert counters() == set()


def check_constraints_now() -> None:
    """The table cannot be altered while checks are to come."""
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("SET CONSTRAINTS ALL DEFERRED")


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def counters() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT project_id FROM dashboards_listed")
        return {pk for (pk,) in cursor.fetchall()}

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from dashboards.models import InsightVariable
from dashboards.services.variables import CodeNameTaken, create_variable
from posthog_lite.accounts.access import ProjectAccess
from posthog_lite.accounts.models import Project, User


@pytest.mark.django_db(transaction=True)
def test_of_two_variables_of_one_code_name_at_once_one_is_made(
    project: Project, member: User
) -> None:
    access = ProjectAccess(project, member, 1)
    start = Barrier(2)

    def create(name: str) -> str:
        start.wait(10)
        try:
            create_variable(access=access, fields={"name": name, "type": "String"})
        except CodeNameTaken:
            return "taken"
        finally:
            connection.close()
        return "made"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(create, ["Plan", "plan"]))

    assert outcomes == ["made", "taken"]
    assert InsightVariable.all_projects.count() == 1

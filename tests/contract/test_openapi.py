"""The OpenAPI document: nothing changes by accident, and it says what it must."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from drf_spectacular.renderers import OpenApiYamlRenderer
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project
from tests.support.openapi import METHODS, document, find_mismatch

GOLDEN = Path(__file__).parent / "openapi.yaml"
PROMOTE = "manage.py spectacular --file tests/contract/openapi.yaml"
PROMOTE_TABLES = 'manage.py shell -c "from tests.support.endpoint_tables import write; write()"'
HARD_DELETES_REFUSED = {
    "actions_destroy",
    "dashboards_destroy",
    "insights_destroy",
    "data_color_themes_destroy",
    "dashboard_templates_destroy",
}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def schemas() -> dict[str, Any]:
    found: dict[str, Any] = document()["components"]["schemas"]
    return found


def test_the_document_changes_only_on_purpose() -> None:
    renderer: Any = OpenApiYamlRenderer()
    assert renderer.render(document(), renderer_context={}).decode() == GOLDEN.read_text(), (
        f"The OpenAPI document differs from {GOLDEN.name}. Where that is meant, run\n"
        f"    {PROMOTE}\n    {PROMOTE_TABLES}\nand review the difference like code."
    )


def test_it_is_of_version_3_1() -> None:
    assert document()["openapi"].startswith("3.1")


def test_every_operation_has_an_id_of_its_own_and_a_description() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(ids) == len(set(ids))
    assert [o["operationId"] for _, _, o in operations() if not o.get("description")] == []


def test_both_names_of_a_project_have_the_same_operations() -> None:
    ids = {o["operationId"] for path, _, o in operations() if "{project_id}" in path}
    twins = {name for name in ids if name.startswith("environments_")}
    assert {name.removeprefix("environments_") for name in twins} == ids - twins


def test_every_parameter_and_every_property_has_a_description() -> None:
    silent = [
        f"{operation['operationId']} {parameter['name']}"
        for _, _, operation in operations()
        for parameter in operation.get("parameters", [])
        if not parameter.get("description")
    ] + [
        f"{name}.{field}"
        for name, schema in schemas().items()
        for field, described in schema.get("properties", {}).items()
        if not described.get("description")
    ]
    assert silent == []


def test_no_schema_lists_what_depends_on_the_machine() -> None:
    """The names of time zones are those of its database."""
    schemas = document()["components"]["schemas"]
    assert {name for name, schema in schemas.items() if "Africa/Accra" in str(schema)} == set()


def test_no_description_speaks_of_the_code() -> None:
    words = ("Serializer", "selector", "context", "annotat")
    told = [schema.get("description", "") for schema in schemas().values()]
    assert [text for text in told if any(word in text for word in words)] == []


def test_every_operation_declares_its_errors() -> None:
    for path, method, operation in operations():
        declared = set(operation["responses"])
        name = operation["operationId"]
        assert {"400", "401", "403", "404", "406", "429", "503"} <= declared, name
        assert "413" in declared, path
        for status in ("408", "415"):
            assert ("requestBody" in operation) == (status in declared), path
        assert (method != "get") == ("409" in declared), name


def test_hard_deletes_are_never_answered_with_success() -> None:
    refused = {
        operation["operationId"].removeprefix("environments_")
        for _, method, operation in operations()
        if method == "delete" and not any(s.startswith("2") for s in operation["responses"])
    }
    assert refused == HARD_DELETES_REFUSED
    for _, _, operation in operations():
        if operation["operationId"] in HARD_DELETES_REFUSED:
            assert "content" not in operation["responses"]["405"]


def test_components_have_posthogs_names() -> None:
    assert {
        "BlankEnum",
        "CreationModeEnum",
        "Dashboard",
        "DashboardBasic",
        "DashboardCollaborator",
        "DashboardRestrictionLevel",
        "DataColorTheme",
        "EffectivePrivilegeLevelEnum",
        "EffectiveRestrictionLevelEnum",
        "Insight",
        "NullEnum",
        "PaginatedDashboardBasicList",
        "PaginatedDataColorThemeList",
        "PaginatedInsightList",
        "PatchedDashboard",
        "PatchedDataColorTheme",
        "PatchedInsight",
        "RoleAtOrganizationEnum",
        "SharingConfiguration",
        "UserBasic",
    } <= set(schemas())


@pytest.mark.parametrize(
    ("name", "component"),
    [
        ("dashboards_partial_update", "PatchedDashboard"),
        ("dashboards_create", "DashboardCreate"),
        ("dashboards_move_tile_partial_update", "MoveTile"),
        ("insights_partial_update", "PatchedInsight"),
        ("data_color_themes_create", "DataColorThemeWrite"),
        ("dashboards_sharing_partial_update", "PatchedSharingConfiguration"),
        ("dashboards_collaborators_create", "DashboardCollaboratorCreate"),
    ],
)
def test_bodies_are_the_components_that_clients_know(name: str, component: str) -> None:
    (operation,) = [o for _, _, o in operations() if o["operationId"] == name]
    content = operation["requestBody"]["content"]["application/json"]
    assert content["schema"]["$ref"] == f"#/components/schemas/{component}"


def test_ids_in_paths_are_integers_and_projects_are_text() -> None:
    path = "/api/projects/{project_id}/dashboards/{id}/"
    kinds = {p["name"]: p["schema"] for p in document()["paths"][path]["get"]["parameters"]}
    assert kinds["id"] == {"type": "integer", "format": "int64"}
    assert kinds["project_id"] == {"type": "string"}


def test_streams_are_declared_as_such() -> None:
    path = "/api/projects/{project_id}/dashboards/{id}/stream_tiles/"
    content = document()["paths"][path]["get"]["responses"]["200"]["content"]
    assert list(content) == ["text/event-stream"]


class TestTheCheckOfEveryAnswer:
    """What `tests.support.openapi` does for the whole suite."""

    @pytest.fixture
    def answer(self, client: APIClient, project: Project) -> Any:
        return client.get(f"/api/projects/{project.pk}/dashboards/")

    def test_a_documented_answer_passes(self, answer: Any) -> None:
        assert find_mismatch("GET", "/api/projects/1/dashboards", answer) is None

    def test_a_field_of_another_type_is_found(self, answer: Any) -> None:
        answer.content = answer.content.replace(b'"count":0', b'"count":"none"')
        assert "at count" in (find_mismatch("GET", "/api/projects/1/dashboards/", answer) or "")

    def test_an_undeclared_status_is_found(self, answer: Any) -> None:
        answer.status_code = 418
        found = find_mismatch("GET", "/api/projects/1/dashboards/", answer)
        assert found is not None
        assert "declares no 418" in found

    def test_an_undeclared_media_type_is_found(self, answer: Any) -> None:
        answer["Content-Type"] = "text/plain"
        found = find_mismatch("GET", "/api/projects/1/dashboards/", answer)
        assert found is not None
        assert "text/plain" in found

    def test_an_unknown_path_must_be_a_404(self, answer: Any) -> None:
        assert find_mismatch("GET", "/api/nowhere/", answer) is not None
        answer.status_code = 404
        assert find_mismatch("GET", "/api/nowhere/", answer) is None

    def test_an_unknown_method_must_be_refused(self, answer: Any) -> None:
        assert find_mismatch("PUT", "/api/projects/1/dashboards/", answer) is not None

    def test_every_method_of_the_document_is_looked_at(self) -> None:
        assert {method.upper() for _, method, _ in operations()} <= set(METHODS)

"""What the OpenAPI document says about color themes."""

from __future__ import annotations

from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator


@pytest.fixture
def document(db: None) -> Any:
    return SchemaGenerator().get_schema(request=None, public=True)


def test_operations_have_posthogs_names_and_components(document: Any) -> None:
    listing = document["paths"]["/api/projects/{project_id}/data_color_themes/"]
    row = document["paths"]["/api/projects/{project_id}/data_color_themes/{id}/"]
    names = {
        **{method: operation["operationId"] for method, operation in row.items()},
        "list": listing["get"]["operationId"],
        "post": listing["post"]["operationId"],
    }
    assert names == {
        "list": "data_color_themes_list",
        "post": "data_color_themes_create",
        "get": "data_color_themes_retrieve",
        "put": "data_color_themes_update",
        "patch": "data_color_themes_partial_update",
        "delete": "data_color_themes_destroy",
    }
    assert component(listing["get"]["responses"]["200"]) == "PaginatedDataColorThemeList"
    assert component(listing["post"]["requestBody"]) == "DataColorThemeWrite"
    assert component(listing["post"]["responses"]["201"]) == "DataColorTheme"
    assert component(row["patch"]["requestBody"]) == "PatchedDataColorTheme"
    assert not any(status.startswith("2") for status in row["delete"]["responses"])
    assert "405" in row["delete"]["responses"]


def test_the_component_tells_what_is_read_and_written(document: Any) -> None:
    schemas = document["components"]["schemas"]
    theme, body = schemas["DataColorTheme"], schemas["DataColorThemeWrite"]
    properties = theme["properties"]
    assert properties["is_global"]["type"] == "boolean"
    assert properties["colors"]["maxItems"] == 100
    assert sorted(theme["required"]) == [
        "colors",
        "id",
        "is_global",
        "name",
    ]  # visitors get no more
    assert set(body["properties"]) == {"name", "colors", "deleted"}
    assert body["required"] == ["name"]
    assert "required" not in schemas["PatchedDataColorTheme"]


def component(part: Any) -> str:
    reference: str = part["content"]["application/json"]["schema"]["$ref"]
    return reference.rpartition("/")[2]

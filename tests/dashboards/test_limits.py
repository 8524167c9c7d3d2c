"""Every stored text, list and JSON has its limit, which the refusal names."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project
from tests.support.errors import assert_error

LARGE = "x" * 65_537
TEXT = {"type": "TEXT", "body": "x" * 4000}
TEMPLATE = {"template_name": "x", "dashboard_description": "", "dashboard_filters": {}}


@pytest.mark.parametrize(
    ("noun", "body", "attr"),
    [
        ("dashboards", {"description": LARGE}, "description"),
        ("dashboards", {"tags": [str(number) for number in range(1001)]}, "tags"),
        (
            "dashboards",
            {"breakdown_colors": [{"breakdownValue": LARGE, "colorToken": "a"}]},
            "breakdown_colors",
        ),
        ("dashboards", {"filters": {"other": LARGE}}, "filters"),
        ("dashboards", {"variables": {"other": LARGE}}, "variables"),
        (
            "dashboards",
            {"tiles": [{"text": {"body": "x"}, "layouts": {"sm": LARGE[:5000]}}]},
            "tiles",
        ),
        ("insights", {"query": {"kind": "XQuery", "text": LARGE * 4}}, "query"),
        ("insights", {"filters": {"other": LARGE}}, "filters"),
        ("insights", {"tags": [str(number) for number in range(1001)]}, "tags"),
        (
            "insight_variables",
            {"name": "v", "type": "String", "default_value": LARGE},
            "default_value",
        ),
        ("insight_variables", {"name": "v", "type": "List", "values": [LARGE]}, "values"),
        ("dashboard_templates", {**TEMPLATE, "tiles": [TEXT] * 200}, None),
    ],
)
def test_beyond_it_the_field_is_named(
    client: APIClient, project: Project, noun: str, body: dict[str, Any], attr: str | None
) -> None:
    response = client.post(f"/api/projects/{project.pk}/{noun}/", body, format="json")
    assert_error(response, 400, attr=attr)
    assert len(response.content) < 1000

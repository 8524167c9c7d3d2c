"""Drives the generated Python client; `test_sdks` type-checks and runs it."""

from __future__ import annotations

import os
import sys

import posthog_lite_client as sdk
import pytest
from posthog_lite_client.exceptions import NotFoundException

project = os.environ["PROJECT"]
configuration = sdk.Configuration(host=os.environ["HOST"], access_token=os.environ["KEY"])

with sdk.ApiClient(configuration) as client:
    dashboards, themes = sdk.DashboardsApi(client), sdk.DataColorThemesApi(client)

    made = dashboards.dashboards_create(
        project,
        dashboard_create=sdk.DashboardCreate(
            name="Sign-ups",
            tags=["growth"],
            filters={"date_from": "-30d"},
            tiles=[sdk.TileEntry(text=sdk.TileText(body="# Sign-ups"))],
        ),
    )
    assert made.name == "Sign-ups"
    assert made.tiles[0].text is not None
    assert made.tiles[0].text.body == "# Sign-ups"

    page = dashboards.dashboards_list(project, search="sign", limit=10)
    assert [row.id for row in page.results] == [made.id]
    assert page.next is None

    changed = dashboards.dashboards_partial_update(
        made.id, project, patched_dashboard=sdk.PatchedDashboard(pinned=True)
    )
    assert (changed.pinned, changed.tags, len(changed.tiles)) == (True, ["growth"], 1)

    link = dashboards.dashboards_sharing_partial_update(
        made.id,
        project,
        patched_sharing_configuration=sdk.PatchedSharingConfiguration(
            enabled=True, settings=sdk.SharingSettings(noHeader=True, theme=sdk.ThemeEnum.DARK)
        ),
    )
    assert link.enabled
    assert link.settings is not None
    assert link.settings.theme == "dark"
    assert dashboards.dashboards_retrieve(made.id, project).is_shared

    signups = sdk.AnyEntityNode(sdk.EventsNode(kind="EventsNode", event="signed up"))
    week = sdk.DateRange(date_from="-7d")
    trends = sdk.TrendsQuery(kind="TrendsQuery", series=[signups], dateRange=week)
    other = sdk.OpenQuery.from_dict(trends.to_dict())
    for query in (trends, sdk.InsightVizNode(kind="InsightVizNode", source=other), other):
        body = sdk.QueryRequest(query=sdk.QuerySchemaRoot(query))
        answer = sdk.QueryApi(client).query_create(project, query_request=body)
        assert answer.results is not None
        assert len(answer.results[0]["days"]) == 8

    theme = themes.data_color_themes_create(
        project, data_color_theme_write=sdk.DataColorThemeWrite(name="Brand", colors=["#1d4aff"])
    )
    assert not theme.is_global
    for number in (theme.id, None):
        colored = dashboards.dashboards_partial_update(
            made.id, project, patched_dashboard=sdk.PatchedDashboard(data_color_theme_id=number)
        )
        assert colored.data_color_theme_id == number
    themes.data_color_themes_partial_update(
        theme.id, project, patched_data_color_theme=sdk.PatchedDataColorTheme(name="Other")
    )
    assert themes.data_color_themes_retrieve(theme.id, project).colors == ["#1d4aff"]

    gone = dashboards.dashboards_partial_update(
        made.id, project, patched_dashboard=sdk.PatchedDashboard(deleted=True)
    )
    assert gone.deleted
    with pytest.raises(NotFoundException) as caught:
        dashboards.dashboards_retrieve(made.id, project)
    assert isinstance(caught.value.data, sdk.ErrorResponse)
    assert caught.value.data.code == "not_found"
sys.stdout.write("done\n")

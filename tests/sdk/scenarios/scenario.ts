// Drives the client that openapi-generator made; test_sdks type-checks and runs it.
import assert from "node:assert/strict";
import { Configuration, DashboardsApi, DataColorThemesApi, QueryApi, ResponseError } from "../sdk/index";

async function main(): Promise<void> {
  const projectId = process.env["PROJECT"] ?? "";
  const configuration = new Configuration({
    basePath: process.env["HOST"] ?? "",
    accessToken: process.env["KEY"] ?? "",
  });
  const dashboards = new DashboardsApi(configuration);
  const themes = new DataColorThemesApi(configuration);

  const made = await dashboards.dashboardsCreate({
    projectId,
    dashboardCreate: {
      name: "Sign-ups",
      tags: ["growth"],
      filters: { date_from: "-30d" },
      tiles: [{ text: { body: "# Sign-ups" } }],
    },
  });
  const id = made.id;
  assert.equal(made.tiles[0]?.text?.body, "# Sign-ups");

  const page = await dashboards.dashboardsList({ projectId, search: "sign", limit: 10 });
  assert.deepEqual(page.results.map((row) => row.id), [id]);

  const changed = await dashboards.dashboardsPartialUpdate({
    projectId,
    id,
    patchedDashboard: { pinned: true },
  });
  assert.deepEqual([changed.pinned, changed.tags, changed.tiles.length], [true, ["growth"], 1]);

  const link = await dashboards.dashboardsSharingPartialUpdate({
    projectId,
    dashboardId: id,
    patchedSharingConfiguration: { enabled: true, settings: { noHeader: true, theme: "dark" } },
  });
  assert.equal(link.enabled, true);
  assert.equal(link.settings?.theme, "dark");
  assert.equal((await dashboards.dashboardsRetrieve({ projectId, id })).isShared, true);

  const answer = await new QueryApi(configuration).queryCreate({
    projectId,
    queryRequest: {
      query: {
        kind: "TrendsQuery",
        series: [{ kind: "EventsNode", event: "signed up" }],
        dateRange: { dateFrom: "-7d" },
      },
    },
  });
  assert.equal(answer.results[0].days.length, 8);

  const theme = await themes.dataColorThemesCreate({
    projectId,
    dataColorThemeWrite: { name: "Brand", colors: ["#1d4aff"] },
  });
  for (const dataColorThemeId of [theme.id, null]) {
    const colored = await dashboards.dashboardsPartialUpdate({
      projectId,
      id,
      patchedDashboard: { dataColorThemeId },
    });
    assert.equal(colored.dataColorThemeId, dataColorThemeId);
  }

  const gone = await dashboards.dashboardsPartialUpdate({
    projectId,
    id,
    patchedDashboard: { deleted: true },
  });
  assert.equal(gone.deleted, true);
  await assert.rejects(
    dashboards.dashboardsRetrieve({ projectId, id }),
    (error: unknown) => error instanceof ResponseError && error.response.status === 404,
  );
  console.log("done");
}

void main();

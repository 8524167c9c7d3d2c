// Drives openapi-fetch with the types that openapi-typescript made.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { paths } from "../types";

async function main(): Promise<void> {
  const project_id = process.env["PROJECT"] ?? "";
  const client = createClient<paths, "application/json">({
    baseUrl: process.env["HOST"] ?? "",
    headers: { Authorization: `Bearer ${process.env["KEY"] ?? ""}` },
  });

  const made = await client.POST("/api/projects/{project_id}/dashboards/", {
    params: { path: { project_id } },
    body: { name: "Sign-ups" },
  });
  assert.ok(made.data);
  const path = { project_id, id: made.data.id };
  const gone = await client.PATCH("/api/projects/{project_id}/dashboards/{id}/", {
    params: { path },
    body: { deleted: true },
  });
  assert.equal(gone.data?.deleted, true);
  const missing = await client.GET("/api/projects/{project_id}/dashboards/{id}/", {
    params: { path },
  });
  assert.equal(missing.error?.code, "not_found");
  const answer = await client.POST("/api/projects/{project_id}/query/", {
    params: { path: { project_id } },
    body: { query: { kind: "HogQLQuery", query: "select 1" } },
  });
  assert.deepEqual(answer.data?.results, [[1]]);
  console.log("done");
}

void main();

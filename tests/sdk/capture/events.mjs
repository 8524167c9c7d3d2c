// Sends events with the Node SDK; `test_capture_sdks` runs it and looks at what was stored.
import assert from "node:assert";
import { PostHog } from "posthog-node";

const errors = [];
const client = new PostHog(process.env.TOKEN, { host: process.env.HOST });
client.on("error", (error) => errors.push(error));
const timestamp = new Date("2026-11-20T10:00:00Z");
client.capture({ distinctId: "anonymous-1", event: "visited", timestamp, properties: { page: "/" } });
client.alias({ distinctId: "u1", alias: "anonymous-1" });
client.identify({
  distinctId: "u1",
  properties: { $set: { email: "u1@example.org" }, $set_once: { first: "Müller 👋" } },
});
client.groupIdentify({
  groupType: "company", groupKey: "acme", properties: { size: 3 }, distinctId: "u1",
});
client.capture({
  distinctId: "u1",
  event: "signed up",
  timestamp,
  uuid: "0198c0de-0000-7000-8000-000000000001",
  properties: { plan: "pro", price: 9.5, tags: ["a", "b"], nested: { deep: null } },
  groups: { company: "acme" },
});
assert.ok(!(await client.getFeatureFlag("new-page", "u1")));
await client.shutdown();
assert.deepEqual(errors, []);
process.stdout.write("done\n");

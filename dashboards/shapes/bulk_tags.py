"""The answer to a change of the tags of several dashboards."""

from __future__ import annotations

from posthog_lite.database.shapes import Shape, given


class UpdatedTags(Shape, about="The tags of a dashboard from now on."):
    id = given("Number of the dashboard.", int)
    tags = given("Its tags, by name.", [str])


class SkippedDashboard(Shape, about="A dashboard that stays as it is."):
    id = given("Number of the dashboard.", int)
    reason = given("Why it was left out.", str)


class BulkTagsResult(Shape, about="What became of each dashboard."):
    updated = given("Those that were changed.", [UpdatedTags])
    skipped = given("Those that were not.", [SkippedDashboard])

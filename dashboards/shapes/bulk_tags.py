"""The answer to a change of the tags of several dashboards or insights."""

from __future__ import annotations

from posthog_lite.database.shapes import Shape, given


class UpdatedTags(Shape, about="The tags of a dashboard or an insight from now on."):
    id = given("Number of the dashboard or insight.", int)
    tags = given("Its tags, by name.", [str])


class SkippedTags(Shape, about="A dashboard or an insight that stays as it is."):
    id = given("Its number.", int)
    reason = given("Why it was left out.", str)


class BulkTagsResult(Shape, about="What became of each dashboard or insight."):
    updated = given("Those that were changed.", [UpdatedTags])
    skipped = given("Those that were not.", [SkippedTags])

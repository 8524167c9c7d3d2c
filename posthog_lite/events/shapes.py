"""People as answers show them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from posthog_lite.database.shapes import Shape, given


class Person(Shape, about="Somebody who did something, under one or more distinct ids."):
    id = given("Number of the person.", int)
    name = given("What to call them: an email or a name among the properties, else an id.", str)
    distinct_ids = given(
        "The ids that events name them by, chosen ones first; at most 1,000.", [str]
    )
    properties = given("What events said of them, as it is now.", dict)
    created_at = given("When they were first seen.", datetime)
    uuid = given("Their UUID, which queries know them by.", UUID)


class PersonBatch(Shape, about="People by what they were asked for."):
    results = given(
        "Each person by the id that was given; unknown ids are left out. At most ten "
        "`distinct_ids` of each are shown.",
        {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Person"}},
    )

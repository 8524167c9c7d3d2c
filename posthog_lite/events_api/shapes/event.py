"""Events as answers show them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from posthog_lite.database.shapes import Shape, given


class EventPerson(Shape, about="Whose event it is."):
    is_identified = given("Whether they are known by an id of your own.", bool)
    distinct_ids = given("The id that the event named.", [str])
    properties = given("Their email, name and username, where they have these.", dict)


class Event(Shape, about="Something that somebody did."):
    id = given("UUID of the event.", UUID)
    distinct_id = given("The id that it was sent with.", str)
    properties = given("What was sent with it, and what the server added.", dict)
    event = given("Its name.", str)
    timestamp = given("When it happened.", datetime)
    person = given("Whose it is; null where it has no person.", EventPerson, null=True)
    elements = given(
        "Always empty: the clicked element and those around it are in `elements_chain`.",
        [dict],
        otherwise=(),
    )
    elements_chain = given("The clicked element and those around it, where it is a click.", str)

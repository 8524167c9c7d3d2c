"""Parameters of lists of events."""

from __future__ import annotations

import json
from typing import Any

from rest_framework import serializers

from posthog_lite.api.describing import describe
from posthog_lite.events_api.serializers.fields import JSONParameter
from posthog_lite.ids import LARGEST_ID

LONGEST_PAGE = 1000
LARGEST_OFFSET = 50_000
LONGEST_MOMENT = 50
ORDERS = {'["-timestamp"]': False, '["timestamp"]': True}


@describe("A value that events have.", name="The value, as text.")
class EventValueSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()


class EventListQuerySerializer(serializers.Serializer[Any]):
    event = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="Only events of this name."
    )
    distinct_id = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="Only of this distinct id."
    )
    person_id = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=100,
        help_text="Only of this person, by number or UUID.",
    )
    action_id = serializers.IntegerField(
        required=False, min_value=0, max_value=LARGEST_ID, help_text="Only those of this action."
    )
    properties = JSONParameter(
        required=False,
        help_text="A JSON list of property filters, as in queries.",
    )
    after = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_MOMENT,
        help_text="Only those that happened after this moment, on the project's clock unless it"
        " names an offset; `4d`, `2h` or `-1dStart` as in queries.",
    )
    before = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_MOMENT,
        help_text="Only those that happened before this moment; now unless given.",
    )
    last_id = serializers.UUIDField(
        required=False,
        help_text="Set in `next`: the last event of the page before, for others of its moment.",
    )
    limit = serializers.IntegerField(
        required=False,
        min_value=1,
        help_text="Rows of a page: 100 unless given, of a table 1,000; never more than 1,000.",
    )
    offset = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=LARGEST_OFFSET,
        help_text="Rows to leave out; following `next` is faster and repeats none.",
    )
    orderBy = serializers.ChoiceField(
        choices=list(ORDERS),
        default='["-timestamp"]',
        help_text='Newest first unless it is `["timestamp"]`.',
    )

    def validate_limit(self, given: int) -> int:
        return min(given, LONGEST_PAGE)

    def to_internal_value(self, data: Any) -> Any:
        """Spaces in the JSON of `orderBy` mean nothing."""
        values = super().to_internal_value(_with_compact_order(data))
        values["is_ascending"] = ORDERS[values.pop("orderBy")]
        return values


def _with_compact_order(data: Any) -> Any:
    try:
        order = json.dumps(json.loads(data["orderBy"]), separators=(",", ":"))
    except (KeyError, ValueError, RecursionError):
        return data
    return {**{name: data[name] for name in data}, "orderBy": order}


class EventValuesQuerySerializer(serializers.Serializer[Any]):
    key = serializers.CharField(
        max_length=400,
        help_text="Name of the property; `custom_event` for names of events without a dollar sign.",
    )
    value = serializers.CharField(
        default="", allow_blank=True, max_length=200, help_text="A part of the values wanted."
    )
    event_name = serializers.ListField(
        child=serializers.CharField(allow_blank=True, max_length=200),
        default=list,
        max_length=20,
        help_text="Only of events of this name; repeated for several.",
    )
    is_column = serializers.BooleanField(
        default=False,
        help_text="The key is a column of events: `event`, `distinct_id` or `person_id`.",
    )

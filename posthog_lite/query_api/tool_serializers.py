"""Bodies and answers of the tools of agents."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from posthog_lite.api.describing import describe
from posthog_lite.api.fields import BoundedListField
from posthog_lite.ids import LARGEST_ID
from posthog_lite.query.nodes.sql import MAX_SQL

LONGEST_NAME = 400
MOST_EVENTS = 500
MOST_TABLES = 50
# The members that a question of a kind has to have.
NEEDED = {
    "events": (),
    "event_properties": ("event_name",),
    "event_property_values": ("event_name", "property_name"),
    "action_properties": ("action_id",),
    "action_property_values": ("action_id", "property_name"),
    "entity_properties": ("entity",),
    "entity_property_values": ("entity", "property_name"),
}


class _NameField(serializers.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_NAME, required=False, **options)


ELSEWHERE = ("connectionId", "sendRawQuery")  # a source that is not PostHog's own


@describe("SQL to run.", query="A SELECT.", truncate="Cut lists and objects after 500 characters.")
class SQLToolArgumentsSerializer(serializers.Serializer[Any]):
    query = serializers.CharField(max_length=MAX_SQL)
    truncate = serializers.BooleanField(default=True)

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        for name in ELSEWHERE:
            if data.get(name):
                raise serializers.ValidationError({name: "There is no other source: leave it out."})
        return values


@describe(
    "A question about what is captured.",
    kind="What is asked for. Each kind needs the members that it names.",
    event_name="Name of an event.",
    action_id="Number of an action.",
    entity="`person`, `session`, or a kind of groups such as `organization`.",
    property_name="Name of a property.",
    limit="How many events are listed.",
    offset="How many events are left out before.",
)
class TaxonomyToolQuerySerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(list(NEEDED))
    event_name = _NameField()
    action_id = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST_ID)
    entity = _NameField()
    property_name = _NameField()
    limit = serializers.IntegerField(default=MOST_EVENTS, min_value=1, max_value=MOST_EVENTS)
    offset = serializers.IntegerField(default=0, min_value=0, max_value=2**31 - 1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        needed = NEEDED[attrs["kind"]]
        for name in needed:
            if name not in attrs:
                raise serializers.ValidationError({name: "This field is required."})
        return {name: attrs[name] for name in ("kind", "limit", "offset", *needed)}


@describe(
    "Which tables are described.",
    kind="Tables, or one of them.",
    table_names="Names of tables; all unless given.",
    table_name="Name of the one.",
)
class TablesToolQuerySerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(["data_warehouse_schema", "data_warehouse_table"])
    table_names = BoundedListField(
        child=serializers.CharField(max_length=LONGEST_NAME), max_length=MOST_TABLES, default=list
    )
    table_name = _NameField()


@describe("The question.", query="What is asked for.")
class TaxonomyToolArgumentsSerializer(serializers.Serializer[Any]):
    query = TaxonomyToolQuerySerializer()


@describe("The question.", query="What is asked for.")
class TablesToolArgumentsSerializer(serializers.Serializer[Any]):
    query = TablesToolQuerySerializer()


@describe(
    "A call of the tool `execute_sql`.",
    args="Its arguments.",
    examples={"SQL": {"args": {"query": "SELECT event, count() FROM events GROUP BY event"}}},
)
class SQLToolSerializer(serializers.Serializer[Any]):
    args = SQLToolArgumentsSerializer()


@describe(
    "A call of the tool `read_taxonomy`.",
    args="Its arguments.",
    examples={
        "Values": {
            "args": {
                "query": {
                    "kind": "event_property_values",
                    "event_name": "$pageview",
                    "property_name": "$browser",
                }
            }
        }
    },
)
class TaxonomyToolSerializer(serializers.Serializer[Any]):
    args = TaxonomyToolArgumentsSerializer()


@describe(
    "A call of the tool `read_data_warehouse_schema`.",
    args="Its arguments.",
    examples={"All": {"args": {"query": {"kind": "data_warehouse_schema"}}}},
)
class TablesToolSerializer(serializers.Serializer[Any]):
    args = TablesToolArgumentsSerializer()


@describe(
    "What a tool found.",
    success="Whether the question could be answered.",
    content="The answer as text, or why there is none.",
)
class ToolAnswerSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    content = serializers.CharField(allow_blank=True)

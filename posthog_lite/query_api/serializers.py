"""Bodies and answers of the query endpoint."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from posthog_lite.api.describing import describe
from posthog_lite.api.fields import StrictJSONField
from posthog_lite.query.freshness import Mode
from posthog_lite.query.models import STATUS_ID_LENGTH
from posthog_lite.query_api.schema_forms import reference

LONGEST_NAME = 128


@extend_schema_field(reference("QuerySchemaRoot"))
class QueryField(StrictJSONField):
    """A query of any kind."""


@extend_schema_field(reference("OpenQuery"))
class OpenQueryField(StrictJSONField):
    """A query of any kind, perhaps of an older form."""


@extend_schema_field({"type": "object", "additionalProperties": True})
class ObjectField(StrictJSONField):
    """A JSON object; null counts as absent."""

    default_error_messages = {"object": "Must be a JSON object."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        value = super().to_internal_value(data)
        if not isinstance(value, dict):
            self.fail("object")
        return value


@extend_schema_field({})  # a text or a boolean, which not every generator can tell apart
class RefreshField(StrictJSONField):
    """A refresh mode; true and false are modes of older clients."""

    default_error_messages = {"word": "Must be a word, or true or false."}

    def to_internal_value(self, data: Any) -> Any:
        value: Any = super().to_internal_value(data)
        if not isinstance(value, str | bool):
            self.fail("word")
        return value


@describe(
    "A query, how fresh its answer is to be, and what is applied to it.",
    examples={
        "Trends": {
            "query": {
                "kind": "TrendsQuery",
                "series": [{"kind": "EventsNode", "event": "$pageview"}],
                "dateRange": {"date_from": "-7d"},
            },
            "refresh": "force_async",
        }
    },
)
class QueryRequestSerializer(serializers.Serializer[Any]):
    """A query, how fresh its answer is to be, and what is applied over it."""

    query = QueryField(help_text="The query.")
    refresh = RefreshField(
        required=False,
        allow_null=True,
        help_text=f"One of {', '.join(mode.value for mode in Mode)}; without it `blocking`.",
    )
    client_query_id = serializers.CharField(
        required=False,
        allow_null=True,
        max_length=STATUS_ID_LENGTH,
        help_text="Your name for a query that is computed in the background.",
    )
    filters_override = ObjectField(
        required=False, allow_null=True, help_text="Filters applied to the query."
    )
    variables_override = ObjectField(
        required=False, allow_null=True, help_text="Values of the query's variables, by id."
    )
    name = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=LONGEST_NAME,
        help_text="What the query is called; kept nowhere.",
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add `async`, which is not a name in Python."""
        fields = super().get_fields()
        fields["async"] = serializers.BooleanField(
            required=False, allow_null=True, help_text="True means the refresh `async`."
        )
        return fields


@describe(
    "A query, perhaps of an older form.",
    examples={"Trends": {"query": {"kind": "TrendsQuery", "series": []}}},
)
class UpgradeRequestSerializer(serializers.Serializer[Any]):
    query = OpenQueryField(help_text="A query, perhaps of an older form.")


class UpgradedQuerySerializer(serializers.Serializer[Any]):
    query = OpenQueryField(help_text="The query in the form of today.")


class QueryAnswerSerializer(serializers.Serializer[Any]):
    """The keys of all answers. Each kind adds its own, such as `columns` and `hasMore`."""

    results = serializers.JSONField(help_text="The rows, by kind of query.")
    timings = serializers.ListField(help_text="Always empty.")
    hogql = serializers.CharField(allow_null=True, help_text="The SQL that was run.")
    modifiers = serializers.DictField(help_text="Always empty.")
    error = serializers.CharField(allow_null=True, help_text="Always null: errors are 4xx.")
    query_status = serializers.DictField(
        allow_null=True, help_text="How far a query in the background has come."
    )
    resolved_date_range = serializers.DictField(
        required=False, allow_null=True, help_text="The dates the result covers."
    )
    is_cached = serializers.BooleanField(help_text="Whether the result was stored before.")
    last_refresh = serializers.DateTimeField(allow_null=True, help_text="When it was computed.")
    next_allowed_client_refresh = serializers.DateTimeField(
        allow_null=True, help_text="When it may next be asked to refresh."
    )
    cache_target_age = serializers.DateTimeField(
        allow_null=True, help_text="When it is due to be computed again."
    )
    cache_key = serializers.CharField(required=False, help_text="The name of the result.")
    timezone = serializers.CharField(help_text="Time zone the result is in.")
    calculation_trigger = serializers.CharField(
        allow_null=True, help_text="Always null: nothing is computed ahead."
    )
    query_metadata = serializers.DictField(allow_null=True, help_text="Always null.")
    formatted_results = serializers.CharField(
        required=False, help_text="The result as text, for clients that call themselves `mcp`."
    )


class QueryStatusSerializer(serializers.Serializer[Any]):
    query_status = serializers.DictField(help_text="How far the query has come, and its results.")


class MessageSerializer(serializers.Serializer[Any]):
    message = serializers.CharField(help_text="What was done.")


class AsyncAuthSerializer(serializers.Serializer[Any]):
    user = serializers.CharField(help_text="Always `ok`.")

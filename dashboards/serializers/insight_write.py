"""Bodies that create and change insights, and parameters to ask for them."""

from __future__ import annotations

from typing import Any

import orjson
from django.utils.datastructures import MultiValueDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dashboards.models.tag import MOST_TAGS
from dashboards.queries.kinds import WRAPPER_OF
from dashboards.selectors.insight_filters import KINDS
from dashboards.serializers.fields import ObjectField, TagsField
from dashboards.shapes.examples import PAGE_VIEWS
from posthog_lite.api.bodies import BodySerializer
from posthog_lite.api.describing import describe
from posthog_lite.api.fields import BoundedListField, StrictJSONField
from posthog_lite.ids import LARGEST_ID

MOST_VIEWS = 2500


@extend_schema_field({"type": ["object", "null"], "additionalProperties": {}})
class QueryField(StrictJSONField):
    """A query node; the service that stores it says what is wrong with it."""


class WrappedQueryField(QueryField):
    """A query that people's tools can open: a bare source gets the wrapper that shows it."""

    def to_internal_value(self, data: Any) -> Any:
        query = super().to_internal_value(data)
        kind = query.get("kind") if isinstance(query, dict) else None
        wrapper = WRAPPER_OF.get(kind) if isinstance(kind, str) else None
        return query if wrapper is None else {"kind": wrapper, "source": query}


class WholeNumberField(serializers.IntegerField):
    """An integer, not text that looks like one."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")  # 5.0 is an integer in JSON
        return super().to_internal_value(data)


@describe(
    "What may be written of an insight. Nothing is required, other keys are ignored.",
    name="Name, at most 400 characters; null for none.",
    derived_name="Name made from the query.",
    description="What it is about.",
    query="The query: a node with `kind`. Null clears it.",
    filters="Filters of the old form. Replaces what is stored.",
    order="Place on old dashboards.",
    deleted="True hides it, false brings it back.",
    tags="All of its tags. They are trimmed, lower-cased and each kept once.",
    favorited="Whether it is a favorite.",
    saved="Whether it is listed as saved.",
    _create_in_folder="Accepted and ignored: there are no folders.",
    dashboards="The only dashboards that show the insight from now on.",
    examples={
        "Trend on a dashboard": {"name": "Page views", "query": PAGE_VIEWS, "dashboards": [3]},
        "SQL": {
            "name": "Events",
            "query": {
                "kind": "DataVisualizationNode",
                "source": {"kind": "HogQLQuery", "query": "select count() from events"},
            },
        },
        "Rename and tag": {"name": "Views", "tags": ["growth"], "favorited": True},
        "Hide": {"deleted": True},
    },
)
class InsightWriteSerializer(BodySerializer):
    """The body of POST, PUT and PATCH: nothing is required, unknown keys are ignored."""

    name = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=400)
    derived_name = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=400
    )
    description = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=400
    )
    query = QueryField(required=False, allow_null=True)
    filters = ObjectField()
    order = serializers.IntegerField(
        required=False, allow_null=True, min_value=-(2**31), max_value=2**31 - 1
    )
    deleted = serializers.BooleanField(required=False)
    dashboards = BoundedListField(
        child=serializers.IntegerField(),
        required=False,
        max_length=1000,
    )
    tags = TagsField(required=False, max_length=MOST_TAGS)
    favorited = serializers.BooleanField(required=False)
    saved = serializers.BooleanField(required=False)
    _create_in_folder = serializers.CharField(required=False, allow_blank=True, max_length=400)


class AgentInsightWriteSerializer(InsightWriteSerializer):
    """The body that PostHog's MCP server sends: an insight of an agent always has a query."""

    query = WrappedQueryField()


@describe(
    "Insights that were opened.",
    insight_ids="Numbers of the insights, at most 2500.",
    examples={"Opened": {"insight_ids": [5]}},
)
class InsightsViewedSerializer(serializers.Serializer[Any]):
    insight_ids = BoundedListField(
        child=WholeNumberField(), allow_empty=False, max_length=MOST_VIEWS
    )


@describe(
    "Names a query.",
    client_query_id="Id that the client gave the query.",
    examples={"A query": {"client_query_id": "0199f0c3-6c1e-7d52-9d6c-3f0f8a1f5b11"}},
)
class CancelSerializer(serializers.Serializer[Any]):
    client_query_id = serializers.CharField(max_length=200)


@extend_schema_field(OpenApiTypes.STR)
class JSONListParameter(serializers.Field[Any, Any, Any, Any]):
    """A query parameter that holds a JSON list of numbers or of strings, or is repeated."""

    def __init__(self, of: type[int] | type[str]) -> None:
        super().__init__(required=False, help_text="A JSON list.")
        self.of = of

    def get_value(self, dictionary: Any) -> Any:
        if isinstance(dictionary, MultiValueDict):
            return dictionary.getlist(self.field_name or "") or serializers.empty
        return super().get_value(dictionary)

    def to_internal_value(self, data: Any) -> list[int] | list[str]:
        parts = data if isinstance(data, list) else [data]
        items = [item for part in parts if part for item in self._items(part)]
        if len(items) > 100 or not all(self._is_fine(item) for item in items):
            noun = "numbers" if self.of is int else "strings"
            raise serializers.ValidationError(f"Must be a JSON list of at most 100 {noun}.")
        return items

    def _items(self, part: Any) -> list[Any]:
        """Return what one parameter names; text that is not a list is one name."""
        try:
            value = orjson.loads(part)
        except ValueError:
            return [part]
        if isinstance(value, list):
            return value
        return [part if self.of is str and not isinstance(value, str) else value]

    def _is_fine(self, item: Any) -> bool:
        if self.of is int:
            return type(item) is int and abs(item) <= LARGEST_ID
        return isinstance(item, str) and "\x00" not in item


class PresenceParameter(serializers.CharField):
    """A query parameter that is true by being there, whatever it says."""

    def __init__(self) -> None:
        super().__init__(required=False, allow_blank=True)

    def to_internal_value(self, data: Any) -> Any:
        return True

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return True if data == "" else super().run_validation(data)


def _text_parameter(**options: Any) -> serializers.CharField:
    return serializers.CharField(required=False, allow_blank=True, **options)


@describe(
    "Filters of the list.",
    basic="True leaves results out.",
    saved="Only saved ones, or only others.",
    favorited="Only favorites; present is enough.",
    user="Only your own; present is enough.",
    created_by="Numbers of users: a JSON list.",
    short_id="The one with this short id.",
    search="Part of the name, description or a tag, in any case; at most 200 characters.",
    insight="Only insights of this kind.",
    dashboards="Numbers of dashboards that show it: a JSON list.",
    tags="Tags: a JSON list, or repeated; one of them is enough.",
    events="Names of events that it shows, all of them: a JSON list.",
    feature_flag="Key of a feature flag that it shows.",
    hide_feature_flag_insights="True leaves out those that were made for a feature flag.",
    date_from="Last modified then or later: a date, or like `-7d`.",
    date_to="Last modified before then ends.",
    created_date_from="Created then or later.",
    created_date_to="Created before then ends.",
    last_viewed_date_from="Last viewed then or later.",
    last_viewed_date_to="Last viewed before then ends.",
    order="Field to order by, with `-` from the end.",
)
class InsightListQuerySerializer(serializers.Serializer[Any]):
    """The filters of the list; an empty parameter counts as absent."""

    basic = serializers.BooleanField(required=False, allow_null=True)
    saved = serializers.BooleanField(required=False, allow_null=True)
    favorited = PresenceParameter()
    user = PresenceParameter()
    created_by = JSONListParameter(int)
    short_id = _text_parameter()
    search = _text_parameter(
        max_length=200,
        error_messages={"max_length": "Search query must be 200 characters or fewer."},
    )
    insight = serializers.ChoiceField(
        choices=[*KINDS, "JSON", "SQL"], required=False, allow_blank=True
    )
    dashboards = JSONListParameter(int)
    tags = JSONListParameter(str)
    events = JSONListParameter(str)
    feature_flag = _text_parameter(max_length=400)
    hide_feature_flag_insights = serializers.BooleanField(required=False, allow_null=True)
    date_from = _text_parameter()
    date_to = _text_parameter()
    created_date_from = _text_parameter()
    created_date_to = _text_parameter()
    last_viewed_date_from = _text_parameter()
    last_viewed_date_to = _text_parameter()
    order = _text_parameter()


class ContextQuerySerializer(serializers.Serializer[Any]):
    from_dashboard = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Show the insight as this dashboard does, with its filters and variables.",
    )


MOST_TRENDING = 100


class TrendingQuerySerializer(serializers.Serializer[Any]):
    days = serializers.IntegerField(
        default=7, min_value=1, max_value=3650, help_text="How many days to look back."
    )
    limit = serializers.IntegerField(
        default=10, min_value=1, help_text=f"How many insights; at most {MOST_TRENDING} are told."
    )

    def validate_limit(self, given: int) -> int:
        return min(given, MOST_TRENDING)


class BasicQuerySerializer(serializers.Serializer[Any]):
    basic = serializers.BooleanField(
        required=False, allow_null=True, help_text="True leaves the result out."
    )

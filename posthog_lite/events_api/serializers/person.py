"""Bodies and parameters of calls about persons."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from posthog_lite.api.describing import describe
from posthog_lite.api.fields import BoundedListField, StrictJSONField
from posthog_lite.events.models import EventDeletion
from posthog_lite.events.payloads import parse_uuid
from posthog_lite.events_api.serializers.fields import JSONParameter

MOST_AT_ONCE = 1000
LONGEST_ID = 200


class _FlagField(serializers.BooleanField):
    """A flag in a query string, which may stand there without a value."""

    def get_value(self, dictionary: Any) -> Any:
        value = super().get_value(dictionary)
        return True if value is empty and self.field_name in dictionary else value


class PersonListQuerySerializer(serializers.Serializer[Any]):
    search = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_ID,
        help_text="A part of the email or name, or a whole distinct id.",
    )
    email = serializers.CharField(
        required=False, allow_blank=True, max_length=400, help_text="The whole email."
    )
    distinct_id = serializers.CharField(
        required=False, allow_blank=True, max_length=LONGEST_ID, help_text="One of their ids."
    )
    properties = JSONParameter(
        required=False,
        help_text='A JSON list of filters: `[{"key": "plan", "value": "pro", "operator": "exact"}]`'
        ". Operators are exact, is_not, icontains, not_icontains, regex, not_regex, gt, gte, lt, "
        "lte, is_set, is_not_set.",
    )
    include_total = _FlagField(
        default=False, help_text="Count all of them, as `count` of the answer."
    )


class PersonValuesQuerySerializer(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=400, help_text="Name of the property.")
    value = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_ID,
        help_text="A part of the values wanted.",
    )


@describe(
    "A value that people have.",
    name="The value, as text.",
    count="How many of the people looked at have it.",
)
class PersonValueSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(allow_blank=True)
    count = serializers.IntegerField()


class PersonCohortsQuerySerializer(serializers.Serializer[Any]):
    person_id = serializers.CharField(
        max_length=LONGEST_ID, help_text="Number or UUID of the person."
    )


@describe("The cohorts of a person.", results="Always empty: there are no cohorts.")
class PersonCohortsSerializer(serializers.Serializer[Any]):
    results = serializers.ListField(child=serializers.DictField())


@describe(
    "Properties to set.",
    properties="Properties by name; those not named stay.",
    examples={"Plan": {"properties": {"plan": "pro"}}},
)
class PersonWriteSerializer(serializers.Serializer[Any]):
    properties = serializers.DictField()  # of anything, null included


@describe(
    "A property to set.",
    key="Its name.",
    value="What it shall be.",
    examples={"Plan": {"key": "plan", "value": "pro"}},
)
class PersonPropertySerializer(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=400)
    value = StrictJSONField(allow_null=True)


@describe("A property to take away.", examples={"Plan": {"$unset": "plan"}})
class PersonUnsetSerializer(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, Any]:
        return {"$unset": serializers.CharField(max_length=400, help_text="Its name.")}


class _IdField(serializers.CharField):
    """An id, which is a text and never a number."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


@describe(
    "How to split a person.",
    main_distinct_id="The id that keeps the properties; the first one unless given.",
    distinct_ids_to_split="Only these ids leave, each for a person of its own; at most 1,000.",
    examples={"By id": {"main_distinct_id": "u1"}},
)
class PersonSplitSerializer(serializers.Serializer[Any]):
    main_distinct_id = serializers.CharField(
        max_length=LONGEST_ID, required=False, allow_null=True, allow_blank=True
    )
    distinct_ids_to_split = BoundedListField(
        child=_IdField(max_length=LONGEST_ID, trim_whitespace=False),
        max_length=MOST_AT_ONCE,
        allow_empty=False,
        required=False,
        allow_null=True,
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("distinct_ids_to_split") and attrs.get("main_distinct_id"):
            raise serializers.ValidationError(
                {"distinct_ids_to_split": "Give this or main_distinct_id, not both."}
            )
        return attrs


@describe("It has been done.", success="Always true.")
class SuccessSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField()


class PersonDeleteQuerySerializer(serializers.Serializer[Any]):
    delete_events = serializers.BooleanField(
        default=False, help_text="Delete their events too, for good."
    )
    delete_recordings = serializers.BooleanField(
        default=False, help_text="Accepted; no recordings are kept here."
    )
    keep_person = serializers.BooleanField(
        default=False, help_text="Keep the person, and delete only what else is named."
    )


class _IdsField(BoundedListField):
    child = serializers.CharField(max_length=LONGEST_ID)


@describe(
    "The people to delete.",
    distinct_ids="Whoever has one of these ids; at most 1,000.",
    ids="People by number or UUID; at most 1,000.",
    delete_events="Delete their events too, for good.",
    delete_recordings="Accepted; no recordings are kept here.",
    keep_person="Keep the people, and delete only what else is named.",
    examples={"By id": {"distinct_ids": ["u1", "u2"], "delete_events": True}},
)
class PersonBulkDeleteSerializer(PersonDeleteQuerySerializer):
    distinct_ids = _IdsField(max_length=MOST_AT_ONCE, required=False)
    ids = _IdsField(max_length=MOST_AT_ONCE, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.get("distinct_ids") and not attrs.get("ids"):
            raise serializers.ValidationError("Give distinct_ids or ids.")
        if attrs.get("distinct_ids") and attrs.get("ids"):
            raise serializers.ValidationError("Give distinct_ids or ids, not both.")
        return attrs


@describe(
    "What a deletion of many people did.",
    persons_found="How many of those named there were.",
    persons_deleted="How many of them are deleted.",
    events_queued_for_deletion="Whether their events go too.",
    recordings_queued_for_deletion="Always false; no recordings are kept here.",
    deletion_errors="Always empty: all are deleted, or none.",
)
class PersonBulkDeletedSerializer(serializers.Serializer[Any]):
    persons_found = serializers.IntegerField()
    persons_deleted = serializers.IntegerField()
    events_queued_for_deletion = serializers.BooleanField()
    recordings_queued_for_deletion = serializers.BooleanField()
    deletion_errors = serializers.ListField(child=serializers.DictField())


class _BatchField(BoundedListField):
    """Ids to look up; none where it is null."""

    def __init__(self) -> None:
        super().__init__(
            child=_IdField(max_length=LONGEST_ID, trim_whitespace=False, allow_blank=True),
            max_length=MOST_AT_ONCE,
            default=list,
            allow_null=True,
        )

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return (True, []) if data is None else super().validate_empty_values(data)


@describe(
    "Ids to look people up by.",
    distinct_ids="Distinct ids; at most 1,000.",
    examples={"Two": {"distinct_ids": ["u1", "u2"]}},
)
class PersonsByDistinctIdsSerializer(serializers.Serializer[Any]):
    distinct_ids = _BatchField()


@describe(
    "UUIDs to look people up by.",
    uuids="UUIDs of people; at most 1,000.",
    examples={"One": {"uuids": ["0198c0de-0000-7000-8000-000000000001"]}},
)
class PersonsByUUIDsSerializer(serializers.Serializer[Any]):
    uuids = _BatchField()

    def validate_uuids(self, given: list[str]) -> list[str]:
        if any(parse_uuid(each) is None for each in given):
            raise serializers.ValidationError("One or more UUIDs are invalid.")
        return given


class EventDeletionQuerySerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(
        choices=["pending", "completed", "all"], default="all", help_text="Only those that are so."
    )
    person_uuid = serializers.UUIDField(
        required=False, help_text="Only of the events of this person."
    )


@describe(
    "A deletion of the events of a person.",
    person_uuid="Whose events they are.",
    created_at="When it was asked for.",
    status="`completed` once they are deleted, `pending` before.",
    delete_verified_at="When they were deleted; null before.",
)
class EventDeletionSerializer(serializers.Serializer[Any]):
    person_uuid = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    status = serializers.SerializerMethodField()
    delete_verified_at = serializers.DateTimeField(source="verified_at", allow_null=True)

    @extend_schema_field({"type": "string", "enum": ["pending", "completed"]})
    def get_status(self, deletion: EventDeletion) -> str:
        return "pending" if deletion.verified_at is None else "completed"

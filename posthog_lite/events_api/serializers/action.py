"""The body that writes an action."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from posthog_lite.api.describing import describe
from posthog_lite.api.fields import BoundedListField
from posthog_lite.events.action_steps import LONGEST_TEXT, MOST_STEPS
from posthog_lite.events.selectors.actions import DEFAULT_ORDER, ORDERS
from posthog_lite.events_api.serializers.fields import TagsField
from posthog_lite.events_api.serializers.names import NamesField
from posthog_lite.ids import parse_row_id

MATCHINGS = ["contains", "regex", "exact"]
MOST_PROPERTIES = 100


class _TextField(serializers.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_length=LONGEST_TEXT,
            required=False,
            allow_null=True,
            allow_blank=True,
            trim_whitespace=False,
            **options,
        )


class _MatchingField(serializers.ChoiceField):
    def __init__(self, **options: Any) -> None:
        super().__init__(MATCHINGS, allow_null=True, required=False, **options)


@describe(
    "One way to do an action: an event has to meet all of its conditions.",
    event="Name of the event; null for any.",
    properties="Property filters, as in queries.",
    selector="CSS selector of the element that was clicked.",
    tag_name="Its tag.",
    text="Its text.",
    text_matching="How the text is compared; null for exact.",
    href="Its link.",
    href_matching="How the link is compared; null for exact.",
    url="Address of the page.",
    url_matching="How the address is compared; null for contains.",
)
class ActionStepWriteSerializer(serializers.Serializer[Any]):
    event = _TextField()
    properties = BoundedListField(
        child=serializers.DictField(), max_length=MOST_PROPERTIES, required=False, allow_null=True
    )
    selector = _TextField()
    tag_name = _TextField()
    text = _TextField()
    text_matching = _MatchingField()
    href = _TextField()
    href_matching = _MatchingField()
    url = _TextField()
    url_matching = _MatchingField()


@describe(
    "What may be written of an action; other keys are ignored.",
    name="Name, at most 400 characters, of one action of the project.",
    description="What it stands for.",
    tags="Tags; they are lower-cased.",
    steps="Ways to do it, at most 100; an event has to match one.",
    pinned_at="When it was pinned; null for not at all.",
    deleted="True hides it for good.",
    post_to_slack="Kept; nothing is posted.",
    slack_message_format="Kept; nothing is posted.",
    _create_in_folder="Accepted; there are no folders here.",
    examples={
        "Event": {"name": "Signed up", "steps": [{"event": "signed up"}]},
        "Page": {
            "name": "Saw prices",
            "steps": [{"event": "$pageview", "url": "/pricing", "url_matching": "contains"}],
        },
    },
)
class ActionWriteSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=400)
    description = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    tags = TagsField(required=False)
    steps = BoundedListField(
        child=ActionStepWriteSerializer(), max_length=MOST_STEPS, required=False
    )
    pinned_at = serializers.DateTimeField(required=False, allow_null=True)
    deleted = serializers.BooleanField(required=False)
    post_to_slack = serializers.BooleanField(required=False)
    slack_message_format = serializers.CharField(max_length=1200, required=False, allow_blank=True)
    _create_in_folder = serializers.CharField(
        max_length=400,
        required=False,
        write_only=True,
        allow_blank=True,
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs.pop("_create_in_folder", None)
        return attrs


class ActionListQuerySerializer(serializers.Serializer[Any]):
    search = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="A part of the name."
    )
    created_by = NamesField(
        required=False, help_text="Numbers of users, as a JSON list or with commas."
    )
    tags = NamesField(
        required=False, help_text="Tags, any of which they have, as a JSON list or with commas."
    )
    ordering = serializers.ChoiceField(
        [f"{sign}{name}" for name in ORDERS for sign in ("", "-")],
        default=DEFAULT_ORDER,
        help_text="The newest first unless given.",
    )

    def validate_created_by(self, given: list[str]) -> list[int]:
        found = [parse_row_id(each) for each in given]
        if None in found:
            raise serializers.ValidationError("Give numbers of users.")
        return [number for number in found if number is not None]

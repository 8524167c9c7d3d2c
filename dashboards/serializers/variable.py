"""The shape of an insight variable and what clients may send to write one."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dashboards.models import InsightVariable
from dashboards.models.variable import VariableType
from dashboards.queries.variable_values import clean_list
from dashboards.serializers.fields import BoundedJSONField
from posthog_lite.api.describing import describe


@describe(
    "A variable that SQL insights refer to.",
    id="UUID of the variable.",
    name="Name, at most 400 characters.",
    type="What its values are.",
    default_value="Its value where none is given.",
    created_at="When it was created.",
    code_name="How SQL refers to it.",
    values="What a List variable may be set to; null for other types.",
    is_multi="Whether a List variable takes several values at once.",
    created_by="Id of the author.",
)
class InsightVariableSerializer(serializers.ModelSerializer[InsightVariable]):
    """A variable as read; list values come out as strings however they were once stored."""

    values = serializers.SerializerMethodField()
    default_value = serializers.JSONField(read_only=True, allow_null=True)
    created_by = serializers.IntegerField(source="created_by_id", read_only=True, allow_null=True)

    class Meta:
        model = InsightVariable
        fields = [
            "id",
            "name",
            "type",
            "default_value",
            "created_by",
            "created_at",
            "code_name",
            "values",
            "is_multi",
        ]
        read_only_fields = fields

    @extend_schema_field(
        serializers.ListField(child=serializers.CharField(allow_blank=True), allow_null=True)
    )
    def get_values(self, variable: InsightVariable) -> list[str] | None:
        return clean_list(variable.values) if variable.type == VariableType.LIST else None


@describe(
    "What may be written of a variable; other keys are ignored.",
    name="Name, at most 400 characters.",
    type="What its values are.",
    default_value="Its value where none is given; of the type's form.",
    values="What a List variable may be set to.",
    is_multi="Whether a List variable takes several values at once.",
    examples={
        "Text": {"name": "Country", "type": "String", "default_value": "DE"},
        "List": {"name": "Plan", "type": "List", "values": ["free", "paid"], "is_multi": False},
    },
)
class InsightVariableWriteSerializer(serializers.Serializer[Any]):
    """The body of POST, PUT and PATCH; unknown and read-only keys are ignored."""

    name = serializers.CharField(max_length=400)
    type = serializers.ChoiceField(choices=VariableType.choices)
    default_value = BoundedJSONField(required=False, allow_null=True)
    values = BoundedJSONField(required=False, allow_null=True)
    is_multi = serializers.BooleanField(required=False)

"""`/persons/`: the people whom events made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from posthog_lite.api.csv import CSVRenderer, csv_response
from posthog_lite.api.pagination import PageOfRows
from posthog_lite.api.parsers import StrictJSONParser
from posthog_lite.api.schema.shapes import documented
from posthog_lite.api.viewsets import ProjectViewSet
from posthog_lite.events.selectors.person_filters import filter_persons
from posthog_lite.events.selectors.person_rows import (
    person_batch,
    person_lines,
    person_row,
    person_rows,
)
from posthog_lite.events.selectors.persons import (
    get_person,
    list_event_deletions,
    list_persons,
    list_values,
    persons_by_distinct_id,
    persons_named,
)
from posthog_lite.events.services.persons import (
    delete_events_of,
    delete_persons,
    delete_property,
    split_person,
    update_person,
)
from posthog_lite.events.shapes import Person as PersonShape
from posthog_lite.events.shapes import PersonBatch
from posthog_lite.events_api.pagination import PageOfPersons, TableOfPersons
from posthog_lite.events_api.serializers.person import (
    EventDeletionQuerySerializer,
    EventDeletionSerializer,
    PersonBulkDeletedSerializer,
    PersonBulkDeleteSerializer,
    PersonCohortsQuerySerializer,
    PersonCohortsSerializer,
    PersonDeleteQuerySerializer,
    PersonListQuerySerializer,
    PersonPropertySerializer,
    PersonsByDistinctIdsSerializer,
    PersonsByUUIDsSerializer,
    PersonSplitSerializer,
    PersonUnsetSerializer,
    PersonValueSerializer,
    PersonValuesQuerySerializer,
    PersonWriteSerializer,
    SuccessSerializer,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet
    from django.http.response import HttpResponseBase
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request

    from posthog_lite.accounts.models import Project
    from posthog_lite.events.models import Person

    Renderers = list[BaseRenderer]

PERSON, BATCH = documented(PersonShape), documented(PersonBatch)
READ, WRITE = ["person:read"], ["person:write"]
MOST_IDS_IN_BATCH = 10


class PersonViewSet(ProjectViewSet):
    """The people of a project."""

    tag_description = "The people whom events made."
    scope_object = "person"
    parser_classes = [StrictJSONParser]
    pagination_class = PageOfPersons
    serializer_class = PERSON
    is_counted = False  # for the page

    def scoped_queryset(self, project: Project) -> QuerySet[Person]:
        return list_persons(project=project)

    def find_person(self, pk: str) -> Person:
        return get_person(project=self.project, given=pk)

    @extend_schema(
        parameters=[PersonListQuerySerializer],
        responses={
            (200, "application/json"): PERSON(many=True),
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    def list(self, request: Request, **kwargs: str) -> Response | HttpResponseBase:
        """List people, the newest first. A page is full or the last one.

        With `format=csv` a table, of the first 10,000 of them unless `limit` says fewer.
        """
        wanted = self.parse_query(PersonListQuerySerializer)
        filters = wanted.pop("properties", [])
        self.is_counted = wanted.pop("include_total")
        persons = filter_persons(list_persons(project=self.project, **wanted), filters)
        if request.accepted_renderer.format == CSVRenderer.format:
            part = TableOfPersons()
            lines = person_lines(
                project=self.project,
                persons=persons,
                limit=part.get_limit(request),
                offset=part.get_offset(request),
            )
            return csv_response(lines, name="persons")
        page: Any = self.paginate_queryset(persons.values_list("pk", flat=True))
        return self.get_paginated_response(person_rows(project=self.project, keys=page))

    def get_renderers(self) -> Renderers:
        own: Renderers = super().get_renderers()
        return [*own, CSVRenderer()] if self.action in ("list", None) else own

    def retrieve(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Get a person by number or UUID."""
        return Response(person_row(project=self.project, given=pk))

    @extend_schema(request=PersonWriteSerializer, responses={202: None})
    def update(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Set properties of a person; those not named stay."""
        person = self.find_person(pk)
        properties = self.parse(PersonWriteSerializer)["properties"]
        update_person(person=person, properties=properties, now=timezone.now())
        return Response(status=202)

    @extend_schema(request=PersonWriteSerializer, responses={202: None})
    def partial_update(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Set properties of a person; those not named stay."""
        return self.update(request, pk)

    @extend_schema(request=None, parameters=[PersonDeleteQuerySerializer], responses={202: None})
    def destroy(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Delete a person for good; a later event of one of the ids makes a new person."""
        person = self.find_person(pk)
        self._delete([person], self.parse_query(PersonDeleteQuerySerializer))
        return Response(status=202)

    @extend_schema(request=None, responses={202: None})
    @action(detail=True, methods=["post"], required_scopes=WRITE)
    def delete_events(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Delete the events of a person for good; the person stays."""
        delete_events_of(project=self.project, persons=[self.find_person(pk)])
        return Response(status=202)

    @extend_schema(request=PersonBulkDeleteSerializer, responses={202: PersonBulkDeletedSerializer})
    @action(detail=False, methods=["post"], required_scopes=WRITE)
    def bulk_delete(self, request: Request, **kwargs: str) -> Response:
        """Delete up to 1,000 people for good; unknown ids are skipped."""
        wanted = self.parse(PersonBulkDeleteSerializer)
        persons = persons_named(
            project=self.project,
            ids=wanted.get("ids", []),
            distinct_ids=wanted.get("distinct_ids", []),
        )
        found = list(persons)
        self._delete(found, wanted)
        answer: dict[str, Any] = {
            "persons_found": len(found),
            "persons_deleted": 0 if wanted["keep_person"] else len(found),
            "events_queued_for_deletion": bool(found) and wanted["delete_events"],
            "recordings_queued_for_deletion": False,
            "deletion_errors": [],
        }
        return self.answer(answer, PersonBulkDeletedSerializer, status=202)

    def _delete(self, persons: Sequence[Person], wanted: Mapping[str, Any]) -> None:
        with_events = wanted["delete_events"]
        if not wanted["keep_person"]:
            delete_persons(project=self.project, persons=persons, with_events=with_events)
        elif with_events:
            delete_events_of(project=self.project, persons=persons)

    @extend_schema(request=PersonPropertySerializer, responses={202: None})
    @action(detail=True, methods=["post"], required_scopes=WRITE)
    def update_property(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Set one property of a person."""
        person = self.find_person(pk)
        wanted = self.parse(PersonPropertySerializer)
        properties = {wanted["key"]: wanted["value"]}
        update_person(person=person, properties=properties, now=timezone.now())
        return Response(status=202)

    @extend_schema(request=PersonUnsetSerializer, responses={201: SuccessSerializer})
    @action(detail=True, methods=["post"], required_scopes=WRITE)
    def delete_property(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Take one property from a person."""
        person = self.find_person(pk)
        name = self.parse(PersonUnsetSerializer)["$unset"]
        delete_property(person=person, name=name, now=timezone.now())
        return self.answer({"success": True}, SuccessSerializer, status=201)

    @extend_schema(request=PersonSplitSerializer, responses={201: SuccessSerializer})
    @action(detail=True, methods=["post"], required_scopes=WRITE)
    def split(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Make ids of a person people of their own; one keeps the properties."""
        person = self.find_person(pk)
        wanted = self.parse(PersonSplitSerializer)
        split_person(
            person=person,
            main_distinct_id=wanted.get("main_distinct_id") or None,
            distinct_ids_to_split=wanted.get("distinct_ids_to_split"),
        )
        return self.answer({"success": True}, SuccessSerializer, status=201)

    @extend_schema(
        parameters=[PersonValuesQuerySerializer], responses=PersonValueSerializer(many=True)
    )
    @action(detail=False, methods=["get"], required_scopes=READ, pagination_class=None)
    def values(self, request: Request, **kwargs: str) -> Response:
        """List the ten most frequent values of a property of people."""
        wanted = self.parse_query(PersonValuesQuerySerializer)
        found = list_values(project=self.project, **wanted)
        rows = [{"name": name, "count": count} for name, count in found]
        return self.answer(rows, PersonValueSerializer, many=True)

    @extend_schema(
        parameters=[PersonCohortsQuerySerializer], responses=PersonCohortsSerializer, filters=False
    )
    @action(detail=False, methods=["get"], required_scopes=READ, pagination_class=None)
    def cohorts(self, request: Request, **kwargs: str) -> Response:
        """List the cohorts that a person is in: always empty, as there are none."""
        self.find_person(self.parse_query(PersonCohortsQuerySerializer)["person_id"])
        return self.answer({"results": []}, PersonCohortsSerializer)

    @extend_schema(request=PersonsByDistinctIdsSerializer, responses=BATCH)
    @action(detail=False, methods=["post"], required_scopes=READ, pagination_class=None)
    def batch_by_distinct_ids(self, request: Request, **kwargs: str) -> Response:
        """Get people by up to 1,000 distinct ids."""
        ids = self.parse(PersonsByDistinctIdsSerializer)["distinct_ids"]
        found = persons_by_distinct_id(project=self.project, distinct_ids=ids)
        return self._answer_batch(found)

    @extend_schema(request=PersonsByUUIDsSerializer, responses=BATCH)
    @action(detail=False, methods=["post"], required_scopes=READ, pagination_class=None)
    def batch_by_uuids(self, request: Request, **kwargs: str) -> Response:
        """Get people by up to 1,000 UUIDs."""
        uuids = self.parse(PersonsByUUIDsSerializer)["uuids"]
        found = persons_named(project=self.project, ids=uuids)
        keys = found.values_list("uuid", "pk")
        return self._answer_batch({str(uuid): key for uuid, key in keys})

    def _answer_batch(self, keys: Mapping[str, int]) -> Response:
        rows = person_batch(project=self.project, keys=keys, most_ids=MOST_IDS_IN_BATCH)
        return Response(PersonBatch.make((), results=rows))

    @extend_schema(
        parameters=[EventDeletionQuerySerializer], responses=EventDeletionSerializer(many=True)
    )
    @action(detail=False, methods=["get"], required_scopes=READ, pagination_class=PageOfRows)
    def deletion_status(self, request: Request, **kwargs: str) -> Response:
        """List the deletions of people's events of the last 90 days, the newest first."""
        wanted = self.parse_query(EventDeletionQuerySerializer)
        deletions = list_event_deletions(project=self.project, **wanted)
        return self.answer_page(deletions, EventDeletionSerializer)

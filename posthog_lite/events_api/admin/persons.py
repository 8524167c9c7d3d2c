from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from posthog_lite.admin_site.columns import day_of
from posthog_lite.admin_site.confirmation import ActionsOnPage, confirmed
from posthog_lite.admin_site.json import json_shown
from posthog_lite.admin_site.rights import ReadOnly
from posthog_lite.events.models import Person, PersonDistinctId
from posthog_lite.events.person_names import name_properties
from posthog_lite.events.selectors.persons import person_name
from posthog_lite.events.services.persons import delete_persons, split_person
from posthog_lite.events_api.admin.latest_events import latest_events
from posthog_lite.project_admin.filters import ProjectFilter

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    PersonModelAdmin = admin.ModelAdmin[Person]
else:
    PersonModelAdmin = admin.ModelAdmin

MOST_IDS = 100
FIELDS = (
    "project",
    "title",
    "ids",
    "is_identified",
    "created_at",
    "id",
    "uuid",
    "properties_shown",
    "latest",
)


@admin.register(Person)
class PersonAdmin(ActionsOnPage, ReadOnly, PersonModelAdmin):
    """Events make and change people; here they are looked at, split and deleted."""

    list_display = ["title", "project", "ids", "is_identified", "created_on"]
    list_filter = ["is_identified", ProjectFilter]
    list_select_related = ["project"]
    search_fields = ["distinct_ids__distinct_id__exact", "uuid__exact", "id__exact"]
    search_help_text = "A whole distinct id, a number or a UUID."
    ordering = ["-id"]
    show_full_result_count = False
    fields = FIELDS
    readonly_fields = FIELDS
    actions = ["split", "remove", "remove_with_events"]

    created_on = day_of("created_at", "created")
    properties_shown = json_shown("properties")

    class Media:
        css = {"all": ["posthog_lite/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        # Each row's own ids are those of its project.
        owned = PersonDistinctId.all_projects.filter(person=OuterRef("pk")).order_by("id")
        ids = ArraySubquery(owned.values("distinct_id")[:MOST_IDS])
        rows: QuerySet[Person] = super().get_queryset(request)
        return rows.select_related("project").annotate(ids_of_row=ids)

    @admin.display(description="name")
    def title(self, person: Person) -> str:
        names = name_properties(person.project.settings["person_display_name_properties"])
        return person_name(person.pk, person.properties, self._ids(person), names)

    @admin.display(description="distinct ids")
    def ids(self, person: Person) -> str:
        return ", ".join(self._ids(person)) or "-"

    @admin.display(description="latest events")
    def latest(self, person: Person) -> SafeString | str:
        return latest_events(person.project, person_id=str(person.uuid))

    @admin.action(description="Split", permissions=["operate"])
    @confirmed("Make each id of these people somebody of its own? It cannot be undone.")
    def split(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        self._each(request, queryset, "Split", lambda person: split_person(person=person))

    @admin.action(description="Delete for good", permissions=["operate"])
    @confirmed("Delete these people for good? Their events stay, as those of nobody known.")
    def remove(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        self._delete(request, queryset, with_events=False)

    @admin.action(description="Delete for good, with their events", permissions=["operate"])
    @confirmed("Delete these people and all of their events for good?")
    def remove_with_events(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        self._delete(request, queryset, with_events=True)

    def _delete(
        self, request: HttpRequest, queryset: QuerySet[Person], *, with_events: bool
    ) -> None:
        def delete(person: Person) -> None:
            delete_persons(project=person.project, persons=[person], with_events=with_events)

        self._each(request, queryset, "Deleted", delete)

    def _each(self, request: HttpRequest, queryset: QuerySet[Person], done: str, do: Any) -> None:
        people = list(queryset.select_related("project"))
        for person in people:
            self.log_change(request, person, f"{done}.")
            do(person)
        self.message_user(request, f"{done}: {len(people)}.")

    def _ids(self, person: Person) -> list[str]:
        return list(getattr(person, "ids_of_row", ()))

"""Records deleted projects, whose rows in the engine are removed as soon as it answers."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from posthog_lite.accounts.models import Project
from posthog_lite.events.background import wake_mover
from posthog_lite.events.models import DeletedProject, Person, PersonDistinctId


@receiver(pre_delete, sender=Project)
def remember_deleted_project(instance: Project, **given: Any) -> None:
    """Record the id, and delete people in bulk: Django would load each of them first."""
    DeletedProject.objects.get_or_create(project_id=instance.pk)
    with connection.cursor() as cursor:
        for model in (PersonDistinctId, Person):
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(
                f"DELETE FROM {table} WHERE project_id = %s",  # noqa: S608  # our own name
                [instance.pk],
            )
    transaction.on_commit(wake_mover)

"""A definition that somebody makes by hand has seen no event: it was not created by one."""

from __future__ import annotations

from django.db import migrations, models
from django.db.migrations.state import StateApps


def fill_moments(apps: StateApps, schema_editor: object) -> None:
    """Going back: a moment for those that have none."""
    definitions = apps.get_model("events", "EventDefinition")
    definitions._base_manager.filter(created_at=None).update(
        created_at=models.F("last_updated_at")
    )


class Migration(migrations.Migration):
    dependencies = [("events", "0003_deleted_projects")]

    operations = [
        migrations.AlterField(
            model_name="eventdefinition",
            name="created_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunPython(migrations.RunPython.noop, fill_moments),
    ]

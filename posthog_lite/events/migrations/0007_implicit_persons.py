from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0006_primary_property")]

    operations = [
        migrations.AddField(
            model_name="person",
            name="is_implicit",
            field=models.BooleanField(default=False, editable=False),
        ),
    ]

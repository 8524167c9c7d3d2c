"""Indexes for the orders and filters of lists."""

from django.db import migrations, models

from posthog_lite.database.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False  # built while the tables are in use

    dependencies = [
        ('accounts', '0002_cache_table'),
    ]

    operations = [
        AddIndexOnline(
            model_name='membership',
            index=models.Index(fields=['organization', 'joined_at', 'id'], name='membership_list_order'),
        ),
    ]

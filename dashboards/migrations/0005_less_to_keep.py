"""Lists are counted when they are read, and few of their orders have an index.

The triggers that counted dashboards go, and so do the indexes for orders of insights that are
sorted quickly enough. Nothing reads the folders any more; their columns stay for this release, as
the one before it goes on serving while migrations run, and are filled by the database.
"""

from importlib import import_module

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations

from posthog_lite.database.operations import RunSQLOnline

COUNTING = import_module('dashboards.migrations.0003_listed_count').Migration.operations
SORTED = [
    'id',
    'order_desc',
    'name_desc',
    'derived',
    'derived_desc',
    'description',
    'description_desc',
    'author',
    'author_desc',
    'modifier',
    'modifier_desc',
    'updated',
    'favorited',
    'saved',
    'sample',
]


class Migration(migrations.Migration):
    atomic = False  # the tables are in use

    dependencies = [
        ('dashboards', '0004_insight_list_orders'),
    ]

    operations = [
        *(RunSQLOnline(counting.reverse_sql, counting.sql) for counting in reversed(COUNTING)),
        *(RemoveIndexConcurrently(model_name='insight', name=f'insight_list_{name}') for name in SORTED),
        *(
            RunSQLOnline(
                f"ALTER TABLE dashboards_{model} ALTER COLUMN folder SET DEFAULT ''",
                f"ALTER TABLE dashboards_{model} ALTER COLUMN folder DROP DEFAULT",
                state_operations=[migrations.RemoveField(model, 'folder')],
            )
            for model in ('dashboard', 'insight')
        ),
    ]

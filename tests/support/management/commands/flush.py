"""Empties the database after a test that commits, at a hundredth of what Django's `flush` takes.

That makes new files for all tables, and then all content types and permissions once more. What
migrations put there is there again: the tests that come next expect it.
"""

from __future__ import annotations

from importlib import import_module

from django.apps import apps
from django.core.management import BaseCommand
from django.db import connection, transaction

KEPT = {"django_content_type", "auth_permission"}
SEED = import_module("themes.migrations.0002_default_theme")


class Command(BaseCommand):
    stealth_options = (
        *("allow_cascade", "database", "inhibit_post_migrate", "interactive", "reset_sequences"),
    )

    def handle(self, *args: object, **options: object) -> None:
        found = connection.introspection.django_table_names(only_existing=True, include_views=False)
        tables = [connection.ops.quote_name(name) for name in found if name not in KEPT]
        emptied = "; ".join(f"DELETE FROM {table}" for table in tables)  # noqa: S608  # no input
        with transaction.atomic(), connection.cursor() as cursor:
            # Who still writes is waited for.
            cursor.execute(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE")
            cursor.execute(emptied)
            SEED.add_default_theme(apps)

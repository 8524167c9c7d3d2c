from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """What Django's models cannot say of the tables that every request writes to."""

    dependencies = [("events", "0001_initial")]

    operations = [
        # One for all persons, ids, merges and groups: what is written later has a higher number.
        migrations.RunSQL(
            "CREATE SEQUENCE events_version_seq",
            "DROP SEQUENCE events_version_seq",
        ),
        # Lines are read once and deleted: compressing them takes longer than writing them.
        migrations.RunSQL(
            "ALTER TABLE events_outboxentry ALTER COLUMN lines SET STORAGE EXTERNAL",
            "ALTER TABLE events_outboxentry ALTER COLUMN lines SET STORAGE EXTENDED",
        ),
        # A queue: nearly all of its rows are dead, however many it had.
        migrations.RunSQL(
            "ALTER TABLE events_outboxentry"
            " SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)",
            "ALTER TABLE events_outboxentry"
            " RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)",
        ),
    ]

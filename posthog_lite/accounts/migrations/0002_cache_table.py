"""The table of the default cache, in the form Django's database cache expects."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(
            [
                "CREATE TABLE posthog_lite_cache (cache_key varchar(255) NOT NULL PRIMARY KEY, "
                "value text NOT NULL, expires timestamp with time zone NOT NULL)",
                "CREATE INDEX posthog_lite_cache_expires ON posthog_lite_cache (expires)",
            ],
            ["DROP TABLE posthog_lite_cache"],
        )
    ]

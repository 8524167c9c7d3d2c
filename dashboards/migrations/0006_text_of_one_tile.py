"""Each text belongs to one tile: tiles that shared one get copies.

Who may edit one dashboard could change what another one shows.
"""

from django.db import migrations, models

from posthog_lite.database.operations import RunSQLOnline

# Of tiles with the same text the first one keeps it.
COPY = """
    WITH sharing AS (
        SELECT id AS tile_id, text_id, nextval(pg_get_serial_sequence('dashboards_text', 'id')) AS copy_id
        FROM (
            SELECT id, text_id, row_number() OVER (PARTITION BY text_id ORDER BY id) AS place
            FROM dashboards_tile WHERE text_id IS NOT NULL
        ) AS tiles
        WHERE place > 1
    ), copied AS (
        INSERT INTO dashboards_text
            (id, body, last_modified_at, created_by_id, last_modified_by_id, project_id)
        SELECT copy_id, body, last_modified_at, created_by_id, last_modified_by_id, project_id
        FROM sharing JOIN dashboards_text AS original ON original.id = sharing.text_id
    )
    UPDATE dashboards_tile SET text_id = sharing.copy_id
    FROM sharing WHERE sharing.tile_id = dashboards_tile.id
"""


class Migration(migrations.Migration):
    atomic = False  # the tables are in use

    dependencies = [
        ('dashboards', '0005_less_to_keep'),
    ]

    operations = [
        migrations.AlterModelManagers(
            name='dashboardtemplate',
            managers=[('all_projects', models.Manager())],
        ),
        RunSQLOnline(COPY, migrations.RunSQL.noop),
    ]

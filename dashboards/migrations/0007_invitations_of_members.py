"""Invitations of people who left the organization end, as they do since when somebody leaves.

Whoever came back was still invited.
"""

from django.db import migrations

from posthog_lite.database.operations import RunSQLOnline

END = """
    DELETE FROM dashboards_dashboardcollaborator AS invitation
    USING accounts_project AS project
    WHERE project.id = invitation.project_id AND NOT EXISTS (
        SELECT FROM accounts_membership AS membership
        WHERE membership.user_id = invitation.user_id
        AND membership.organization_id = project.organization_id
    )
"""


class Migration(migrations.Migration):
    atomic = False  # the tables are in use

    dependencies = [
        ('accounts', '0001_initial'),
        ('dashboards', '0006_text_of_one_tile'),
    ]

    operations = [RunSQLOnline(END, migrations.RunSQL.noop)]

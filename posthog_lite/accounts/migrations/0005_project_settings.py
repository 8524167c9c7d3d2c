"""Settings of projects: those that queries use, and those that are only kept."""

from django.db import migrations, models

from posthog_lite.database.operations import AddConstraintOnline, AddFieldOnline


class Migration(migrations.Migration):
    atomic = False  # the table is in use

    dependencies = [
        ('accounts', '0004_login_attempts'),
    ]

    operations = [
        AddFieldOnline(
            model_name='project',
            name='week_start_day',
            field=models.SmallIntegerField(blank=True, null=True),
        ),
        AddFieldOnline(
            model_name='project',
            name='test_account_filters',
            field=models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list),
        ),
        AddFieldOnline(
            model_name='project',
            name='anonymize_ips',
            field=models.BooleanField(db_default=False, default=False),
        ),
        AddFieldOnline(
            model_name='project',
            name='kept_settings',
            field=models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        AddConstraintOnline(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('week_start_day__isnull', True), ('week_start_day__in', [0, 1]), _connector='OR'), name='project_week_start_day_is_known'),
        ),
    ]

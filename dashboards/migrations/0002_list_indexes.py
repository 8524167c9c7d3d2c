"""Indexes for the orders and filters of lists."""

from django.db import migrations, models

from posthog_lite.database.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False  # built while the tables are in use

    dependencies = [
        ('dashboards', '0001_initial'),
    ]

    operations = [
        AddIndexOnline(
            model_name='dashboard',
            index=models.Index(condition=models.Q(('deleted', False)), fields=['project', 'creation_mode', 'pinned'], name='dashboard_list_filters'),
        ),
        AddIndexOnline(
            model_name='dashboardtemplate',
            index=models.Index(condition=models.Q(('scope', 'global')), fields=['template_name', 'id'], name='template_list_global'),
        ),
        AddIndexOnline(
            model_name='insight',
            index=models.Index(condition=models.Q(('deleted', False)), fields=['project', '-last_modified_at', 'id'], name='insight_list_modified'),
        ),
        AddIndexOnline(
            model_name='insight',
            index=models.Index(condition=models.Q(('deleted', False)), fields=['project', '-created_at', 'id'], name='insight_list_created'),
        ),
        AddIndexOnline(
            model_name='insight',
            index=models.Index(condition=models.Q(('deleted', False)), fields=['project', 'name', 'id'], name='insight_list_name'),
        ),
        AddIndexOnline(
            model_name='insight',
            index=models.Index(condition=models.Q(('deleted', False)), fields=['project', 'created_by', 'id'], name='insight_list_author'),
        ),
        AddIndexOnline(
            model_name='insight',
            index=models.Index(condition=models.Q(('deleted', False)), fields=['project', 'favorited', 'saved'], name='insight_list_flags'),
        ),
        AddIndexOnline(
            model_name='insightvariable',
            index=models.Index(fields=['project', 'created_at', 'id'], name='variable_list_order'),
        ),
        AddIndexOnline(
            model_name='insightview',
            index=models.Index(fields=['insight', '-viewed_at'], name='insight_view_latest'),
        ),
    ]

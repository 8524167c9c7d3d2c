"""An index for each order of the insights list that can have one, for both directions of it."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from posthog_lite.database.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False  # built while the table is in use

    dependencies = [
        ('dashboards', '0003_listed_count'),
    ]

    operations = [
        AddIndexOnline(
            model_name='insight',
            index=models.Index(condition=models.Q(('deleted', False)), fields=['project', 'id'], name='insight_list_id'),
        ),
        AddIndexOnline(
            model_name='insight',
            index=models.Index(models.F('project'), models.OrderBy(models.F('order'), descending=True, nulls_last=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('deleted', False)), name='insight_list_order_desc'),
        ),
        AddIndexOnline(
            model_name='insight',
            index=models.Index(models.F('project'), models.OrderBy(models.F('name'), descending=True, nulls_last=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('deleted', False)), name='insight_list_name_desc'),
        ),
        AddIndexOnline(
            model_name='insight',
            index=models.Index(condition=models.Q(('deleted', False)), fields=['project', 'derived_name', 'id'], name='insight_list_derived'),
        ),
        AddIndexOnline(
            model_name='insight',
            index=models.Index(models.F('project'), models.OrderBy(models.F('derived_name'), descending=True, nulls_last=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('deleted', False)), name='insight_list_derived_desc'),
        ),
        AddIndexOnline(
            model_name='insight',
            index=models.Index(condition=models.Q(('deleted', False)), fields=['project', 'description', 'id'], name='insight_list_description'),
        ),
        AddIndexOnline(
            model_name='insight',
            index=models.Index(models.F('project'), models.OrderBy(models.F('description'), descending=True, nulls_last=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('deleted', False)), name='insight_list_description_desc'),
        ),
        AddIndexOnline(
            model_name='insight',
            index=models.Index(models.F('project'), models.OrderBy(models.F('created_by'), descending=True, nulls_last=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('deleted', False)), name='insight_list_author_desc'),
        ),
        AddIndexOnline(
            model_name='insight',
            index=models.Index(condition=models.Q(('deleted', False)), fields=['project', 'last_modified_by', 'id'], name='insight_list_modifier'),
        ),
        AddIndexOnline(
            model_name='insight',
            index=models.Index(models.F('project'), models.OrderBy(models.F('last_modified_by'), descending=True, nulls_last=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('deleted', False)), name='insight_list_modifier_desc'),
        ),
        AddIndexOnline(
            model_name='insight',
            index=models.Index(condition=models.Q(('deleted', False)), fields=['project', 'updated_at', 'id'], name='insight_list_updated'),
        ),
        AddIndexOnline(
            model_name='insight',
            index=models.Index(condition=models.Q(('deleted', False)), fields=['project', 'favorited', 'id'], name='insight_list_favorited'),
        ),
        AddIndexOnline(
            model_name='insight',
            index=models.Index(condition=models.Q(('deleted', False)), fields=['project', 'saved', 'id'], name='insight_list_saved'),
        ),
        AddIndexOnline(
            model_name='insight',
            index=models.Index(condition=models.Q(('deleted', False)), fields=['project', 'is_sample', 'id'], name='insight_list_sample'),
        ),
        # The ones by `favorited` and by `saved` serve its filters as well.
        RemoveIndexConcurrently(
            model_name='insight',
            name='insight_list_flags',
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('query', '0002_imported_results'),
    ]

    operations = [
        migrations.AddField(
            model_name='result',
            name='counts_actions',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('query', '0001_results'),
    ]

    operations = [
        migrations.AddField(
            model_name='result',
            name='is_imported',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]

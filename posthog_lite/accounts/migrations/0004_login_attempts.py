"""Counts attempts to sign in to the admin."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_list_indexes'),
    ]

    operations = [
        migrations.CreateModel(
            name='LoginAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_digest', models.CharField(max_length=64)),
                ('network', models.CharField(max_length=64)),
                ('attempted_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['network', 'attempted_at'], name='login_attempt_recent'), models.Index(fields=['attempted_at'], name='login_attempt_old')],
            },
        ),
    ]

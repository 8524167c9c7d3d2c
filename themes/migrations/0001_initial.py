import django.db.models.deletion
import django.db.models.manager
import themes.palettes
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DataColorTheme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('colors', models.JSONField(blank=True, default=list, help_text='In the order of use: ["#1d4aff", "#621da6"].', validators=[themes.palettes.validate_colors])),
                ('created_at', models.DateTimeField(auto_now_add=True, null=True)),
                ('deleted', models.BooleanField(default=False)),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(blank=True, help_text='Empty: a global theme, which every project sees and only staff may change.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.project')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='theme_name_not_empty'), models.CheckConstraint(condition=models.Func('colors', output_field=models.BooleanField(), template='jsonb_path_match(%(expressions)s, \'strict $.type() == "array" && $.size() <= 100 && !exists($[*] ? (@.type() != "string" || !(@ like_regex "^#([0-9a-fA-F]{3}){1,2}$")))\')'), name='theme_colors_are_colors', violation_error_message='Colors must be a list of #rgb or #rrggbb.')],
            },
            managers=[
                ('all_projects', django.db.models.manager.Manager()),
            ],
        ),
    ]

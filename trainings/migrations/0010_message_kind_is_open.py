"""Kinds of mail are declared by the apps that send them, no longer listed here. Nothing changes in the database."""

from django.db import migrations, models

from trainings.models.message import kind_choices

KIND = models.CharField("Anlass", max_length=20, choices=kind_choices)


class Migration(migrations.Migration):
    dependencies = [("trainings", "0009_forget_periodic_jobs_by_path")]

    operations = [
        migrations.AlterField("message", "kind", KIND),
        migrations.AlterField("messagetext", "kind", KIND.clone()),
    ]

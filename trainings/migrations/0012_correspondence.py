"""What trainings keeps about a person moves here from the account, for whom it differs from what goes for everybody."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

AT_ONCE = 1000
FIELDS = ["calendar_choice", "wants_digest", "bounced_at", "bounce_reason"]


def copy_from_accounts(apps, schema_editor):
    Correspondence = apps.get_model("trainings", "Correspondence")
    has_something = ~Q(calendar_choice="mail") | Q(wants_digest=False) | Q(bounced_at__isnull=False)
    people = apps.get_model("accounts", "User").objects.filter(has_something).values("pk", *FIELDS)
    rows = (Correspondence(person_id=person.pop("pk"), **person) for person in people.iterator())
    Correspondence.objects.bulk_create(rows, batch_size=AT_ONCE)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_calendars_and_messages"),
        ("trainings", "0011_message_once_key"),
    ]
    # Accounts, which knows nothing of trainings, drops the columns only once they are copied.
    run_before = [("accounts", "0004_correspondence_leaves")]

    operations = [
        migrations.CreateModel(
            name="Correspondence",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="correspondence",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="Person",
                    ),
                ),
                (
                    "calendar_choice",
                    models.CharField(
                        choices=[
                            ("mail", "Einladungen per E-Mail"),
                            ("feed", "Kalender-Abonnement"),
                            ("none", "gar nicht"),
                        ],
                        default="mail",
                        help_text="Eines von beidem: Sonst steht jeder Termin zweimal im Kalender.",
                        max_length=10,
                        verbose_name="Termine im Kalender",
                    ),
                ),
                ("wants_digest", models.BooleanField(default=True, verbose_name="morgendliche Übersicht per E-Mail")),
                (
                    "bounced_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="Adresse unzustellbar seit"
                    ),
                ),
                (
                    "bounce_reason",
                    models.CharField(
                        blank=True, editable=False, max_length=300, verbose_name="Antwort des Mailservers"
                    ),
                ),
            ],
            options={"verbose_name": "Schriftverkehr", "verbose_name_plural": "Schriftverkehr"},
        ),
        migrations.RunPython(copy_from_accounts, migrations.RunPython.noop),
    ]

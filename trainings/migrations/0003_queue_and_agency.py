"""Registrations made so far wait since they were made, and were sent by the agency the person belongs to."""

from django.db import migrations, models


def fill(apps, schema_editor):
    registrations = apps.get_model("trainings", "Registration").objects
    people = apps.get_model("accounts", "User").objects.filter(pk=models.OuterRef("person"))
    registrations.update(queued_at=models.F("registered_at"), agency=models.Subquery(people.values("agency")))


class Migration(migrations.Migration):
    dependencies = [("trainings", "0002_booking_in_full")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

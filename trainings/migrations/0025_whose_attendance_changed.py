"""Whose attendance changed in which session: copied from the record, which a change outlives from now on."""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def copy_from_the_record(apps, schema_editor):
    changes = apps.get_model("trainings", "AttendanceChange").objects.filter(registration=None)
    record = apps.get_model("trainings", "AttendanceRecord").objects.filter(pk=OuterRef("record"))
    changes.update(
        registration_id=Subquery(record.values("registration")[:1]), session_id=Subquery(record.values("session")[:1])
    )


class Migration(migrations.Migration):

    dependencies = [
        ('trainings', '0024_attendance_taken_back'),
    ]

    operations = [migrations.RunPython(copy_from_the_record, migrations.RunPython.noop)]

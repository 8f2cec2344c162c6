"""What was revoked is gone: nobody needs the name of a calendar that no longer exists."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def delete_revoked(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("trainings", "CalendarSubscription").objects.exclude(revoked_at=None).delete()


class Migration(migrations.Migration):
    dependencies = [("trainings", "0007_calendars_and_messages")]

    operations = [
        migrations.RunPython(delete_revoked, migrations.RunPython.noop),
        migrations.RemoveField("calendarsubscription", "revoked_at"),
    ]

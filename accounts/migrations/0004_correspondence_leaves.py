from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_calendars_and_messages")]

    operations = [
        migrations.RemoveField("user", "bounce_reason"),
        migrations.RemoveField("user", "bounced_at"),
        migrations.RemoveField("user", "calendar_choice"),
        migrations.RemoveField("user", "wants_digest"),
    ]

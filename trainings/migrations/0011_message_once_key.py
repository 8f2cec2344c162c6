"""The key of what is sent only once bears its own name: an occasion is what happens."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("trainings", "0010_message_kind_is_open")]

    operations = [
        migrations.RemoveConstraint("message", "message_once_per_occasion"),
        migrations.RenameField("message", "occasion", "once_key"),
        migrations.AddConstraint(
            "message",
            models.UniqueConstraint(
                fields=["once_key"], condition=~models.Q(once_key=""), name="message_once_per_key"
            ),
        ),
    ]

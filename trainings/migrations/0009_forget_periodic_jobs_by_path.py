from django.db import migrations


def forget(apps, schema_editor):
    """Jobs were called by the path of their function. Under their words each is due at once, which none of them minds."""
    apps.get_model("trainings", "PeriodicJob").objects.filter(name__contains=".").delete()


class Migration(migrations.Migration):
    dependencies = [("trainings", "0008_subscriptions_end")]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]

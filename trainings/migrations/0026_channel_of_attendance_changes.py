from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('trainings', '0025_whose_attendance_changed'),
    ]

    operations = [
        migrations.AddField(
            model_name='attendancechange',
            name='channel',
            field=models.CharField(blank=True, choices=[('web', 'Website'), ('link', 'Link in einer E-Mail'), ('coordination', 'Koordination'), ('import', 'Import'), ('automatic', 'automatisch')], db_default='', default='', max_length=12, verbose_name='Weg'),
        ),
    ]

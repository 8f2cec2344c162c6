import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('trainings', '0023_search_words'),
    ]

    operations = [
        migrations.AddField(
            model_name='attendancechange',
            name='overruled_status',
            field=models.CharField(blank=True, choices=[('present', 'anwesend'), ('partial', 'teilweise'), ('excused', 'entschuldigt'), ('absent', 'gefehlt')], max_length=10, null=True, verbose_name='galt nicht'),
        ),
        migrations.AddField(
            model_name='attendancechange',
            name='registration',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='attendance_changes', to='trainings.registration', verbose_name='Anmeldung'),
        ),
        migrations.AddField(
            model_name='attendancechange',
            name='session',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='attendance_changes', to='trainings.session', verbose_name='Sitzung'),
        ),
        migrations.AlterField(
            model_name='attendancechange',
            name='record',
            field=models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='trainings.attendancerecord'),
        ),
        migrations.AlterField(
            model_name='attendancechange',
            name='to_minutes',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='Minuten nachher'),
        ),
        migrations.AlterField(
            model_name='attendancechange',
            name='to_status',
            field=models.CharField(blank=True, choices=[('present', 'anwesend'), ('partial', 'teilweise'), ('excused', 'entschuldigt'), ('absent', 'gefehlt')], max_length=10, verbose_name='nachher'),
        ),
    ]

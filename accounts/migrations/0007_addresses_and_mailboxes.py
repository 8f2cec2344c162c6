from collections import defaultdict

import accounts.mail_domains
import django.core.validators
import django.db.models.expressions
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

from accounts.addresses import normalised


def normalise(apps, schema_editor):
    """Write every address in the one form. Where somebody has it already, a plus tag keeps both, in one mailbox."""
    User = apps.get_model('accounts', 'User')
    taken = set(User.objects.values_list('email', flat=True))
    for pk, email in User.objects.order_by('pk').values_list('pk', 'email'):
        address = normalised(email)
        if address == email:
            continue
        if address in taken:
            name, _at, domain = address.rpartition('@')
            address = f'{name}+konto-{pk}@{domain}'
        taken.add(address)
        User.objects.filter(pk=pk).update(email=address)


def mark_shared(apps, schema_editor):
    """Of accounts with one mailbox one keeps it; the others stay as they are, are marked, and the operator is told."""
    User = apps.get_model('accounts', 'User')
    of = defaultdict(list)
    for user in User.objects.order_by('pk'):
        of[user.mailbox].append(user)
    for mailbox, accounts in of.items():
        if len(accounts) == 1:
            continue
        keeper = max(accounts, key=_standing)
        others = [user.pk for user in accounts if user.pk != keeper.pk]
        User.objects.filter(pk__in=others).update(shared_mailbox=mailbox)
        print(f'\n  Accounts of one mailbox: {keeper.pk} and {", ".join(map(str, others))}; see docs/operations.md', end='')


def _standing(user):
    last = user.last_login.timestamp() if user.last_login else 0
    return (user.is_active, user.merged_into_id is None, user.email == user.mailbox, last, -user.pk)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_note_on_a_person'),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.RunPython(normalise, migrations.RunPython.noop),
        migrations.AddField(
            model_name='user',
            name='mailbox',
            field=models.GeneratedField(db_persist=True, expression=models.Case(models.When(models.Q(django.db.models.lookups.GreaterThan(django.db.models.functions.text.StrIndex(models.F('email'), models.Value('+')), models.Value(1)), django.db.models.lookups.LessThan(django.db.models.functions.text.StrIndex(models.F('email'), models.Value('+')), django.db.models.functions.text.StrIndex(models.F('email'), models.Value('@')))), then=django.db.models.functions.text.Concat(django.db.models.functions.text.Substr(models.F('email'), 1, django.db.models.expressions.CombinedExpression(django.db.models.functions.text.StrIndex(models.F('email'), models.Value('+')), '-', models.Value(1))), django.db.models.functions.text.Substr(models.F('email'), django.db.models.functions.text.StrIndex(models.F('email'), models.Value('@'))))), default=models.F('email'), output_field=models.CharField(max_length=254)), output_field=models.CharField(max_length=254), verbose_name='Postfach'),
        ),
        migrations.AddField(
            model_name='user',
            name='shared_mailbox',
            field=models.CharField(blank=True, db_default='', default='', editable=False, help_text='Beide gab es schon, bevor jedes Postfach nur noch ein Konto haben durfte.', max_length=254, verbose_name='Postfach mit einem weiteren Konto'),
        ),
        migrations.AlterField(
            model_name='agencymaildomain',
            name='domain',
            field=models.CharField(max_length=253, unique=True, validators=[django.core.validators.RegexValidator('\\A(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]*[a-z0-9])\\Z', 'Bitte geben Sie eine Domain in Kleinbuchstaben an, zum Beispiel mayen.example.'), accounts.mail_domains.must_be_of_one_agency], verbose_name='E-Mail-Domain'),
        ),
        migrations.RunPython(mark_shared, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(condition=models.Q(('mailbox', models.F('shared_mailbox')), _negated=True), fields=('mailbox',), name='one_account_per_mailbox', violation_error_message='Zu dieser Adresse, oder zu ihrem Postfach, gibt es schon ein Konto.'),
        ),
    ]

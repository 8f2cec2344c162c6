"""Does what trainings keeps about a person begin with the same for everybody, hold, and end with the account?"""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.urls import reverse

from accounts.models import User
from tests.builders import build_person, build_run
from tests.pages import read
from trainings.models import CalendarChoice, Correspondence

FILL = """
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
targets = [("accounts", "0003_calendars_and_messages"), ("trainings", "0011_message_once_key")]
User = MigrationExecutor(connection).loader.project_state(targets).apps.get_model("accounts", "User")
User.objects.create(email="wie.alle@x.example")
User.objects.create(email="feed@x.example", calendar_choice="feed")
User.objects.create(email="ohne@x.example", wants_digest=False)
User.objects.create(email="weg@x.example", bounced_at=timezone.now(), bounce_reason="550 unknown")
"""
ASK = """
from trainings.models import Correspondence
for row in Correspondence.objects.order_by("person__email"):
    print(row.person.email, row.calendar_choice, row.wants_digest, row.bounced_at is not None, row.bounce_reason)
"""


@pytest.mark.django_db
def test_as_long_as_nothing_is_chosen_the_same_goes_for_everybody(participant):
    own = Correspondence.objects.of(participant)
    assert (own.calendar_choice, own.wants_digest, own.bounced_at) == (CalendarChoice.MAIL, True, None)
    assert not Correspondence.objects.exists()


@pytest.mark.django_db
def test_a_change_leaves_the_rest_and_other_people_alone(participant, other_participant):
    Correspondence.objects.change(participant, calendar_choice="none")
    Correspondence.objects.change(participant, wants_digest=False)
    own = Correspondence.objects.of(User.objects.get(pk=participant.pk))
    assert (own.calendar_choice, own.wants_digest) == (CalendarChoice.NONE, False)
    assert Correspondence.objects.of(other_participant).wants_digest


@pytest.mark.django_db
def test_it_goes_with_the_account():
    person = build_person()
    Correspondence.objects.change(person, wants_digest=False)
    person.delete()
    assert not Correspondence.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        (None, "Kalendereinladungen erhalten Sie per E-Mail."),
        ("mail", "Kalendereinladungen erhalten Sie per E-Mail."),
        ("feed", "Ihr Kalender-Abonnement zeigt Ihre Termine von selbst."),
        ("none", "Die E-Mails kommen ohne Kalendereintrag."),
    ],
)
def test_whoever_registers_reads_how_the_dates_reach_their_calendar(signed_in, participant, choice, sentence):
    if choice:
        Correspondence.objects.change(participant, calendar_choice=choice)
    page = read(signed_in(participant).get(reverse("trainings:register", args=[build_run().pk])), 200)
    assert sentence in page.text


@pytest.mark.both_databases
@pytest.mark.slow
def test_the_migration_takes_along_what_differs(tmp_path):
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'old.sqlite3'}"}

    def manage(*arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True
        ).stdout

    manage("migrate", "accounts", "0003")
    manage("migrate", "trainings", "0011")
    manage("shell", "--no-imports", "-c", FILL)
    manage("migrate", "accounts")  # alone, and yet nothing is lost
    manage("migrate")
    assert manage("shell", "--no-imports", "-c", ASK).splitlines() == [
        "feed@x.example feed True False ",
        "ohne@x.example mail False False ",
        "weg@x.example mail True True 550 unknown",
    ]

"""What an auditor asks becomes a task; the answer comes back to where it was asked, and to nobody else."""

import pytest
from django.conf import settings as site
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from evidence import doors
from evidence.models import DoorQuestion
from tests.evidence.builders import build_door
from tests.evidence.doors.conftest import come_in
from tests.pages import read
from trainings.acts import Act, Channel
from trainings.mails.outbox import deliver_due
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(held, door) -> str:
    return reverse("evidence:audit_run", args=[door.pk, held.pk])


def test_a_question_is_a_task_until_it_is_answered(held, auditor, door, page, signed_in, coordinator):
    assert "Frage zu diesem Termin" in read(auditor.get(page)).headings
    auditor.post(page, {"text": "Wo liegt das Original der zweiten Sitzung?"})
    deliver_due()
    told = mail.outbox[-1]
    assert (told.to, "Original" in told.body) == ([site.CONTACT_EMAIL], False)
    staff = signed_in(coordinator)
    where = f"Prüfbehörde, Termin {held.number}"
    task = read(staff.get(reverse("trainings:coordination"))).links[where]
    assert "Wo liegt das Original" in read(staff.get(task)).text
    assert "1 offene Frage" in read(staff.get(door.period.get_absolute_url())).text
    staff.post(task, {"text": "Im Archiv des Kreises."})
    deliver_due()
    answer = mail.outbox[-1]
    assert (answer.to, "Im Archiv des Kreises." in answer.body) == ([door.email], True)
    assert f"{site.PUBLIC_URL}{page}" in answer.body
    for address in (page, reverse("evidence:audit_questions", args=[door.pk])):
        assert "Im Archiv des Kreises." in read(auditor.get(address)).text
    assert where not in read(staff.get(reverse("trainings:coordination"))).links
    events = [(one.what, one.about) for one in door.period.events.all()]
    about = f"Prüfzugang {door.pk}, Termin {held.number}"
    assert events == [("asked", about), ("answered", about)]


def test_nobody_else_sees_them(held, auditor, door, page, signed_in, trainer):
    auditor.post(page, {"text": "Warum fehlt Seite 2?"})
    other_door = build_door("z" * 43, period=door.period)
    other = come_in(Client(), reverse("evidence:door_link", args=["z" * 43]))
    for name, args in (("audit_run", [other_door.pk, held.pk]), ("audit_questions", [other_door.pk])):
        assert "Seite 2" not in other.get(reverse(f"evidence:{name}", args=args)).content.decode()
    question = DoorQuestion.objects.get()
    assert signed_in(trainer).get(reverse("evidence:answer_question", args=[question.pk])).status_code == 404


def test_it_stands_at_the_page_where_it_was_asked(held, auditor, door):
    overview = reverse("evidence:audit", args=[door.pk])
    auditor.post(overview, {"text": "Welcher Satz gilt?"})
    assert "Welcher Satz gilt?" in read(auditor.get(overview)).text
    assert "Welcher Satz gilt?" not in read(auditor.get(reverse("evidence:audit_runs", args=[door.pk]))).text


def test_what_is_too_long_or_empty_is_said_beside_the_field_and_not_lost(auditor, page):
    long = read(auditor.post(page, {"text": "ä" * 2001}), 409)
    assert (len(long.errors), "ä" * 2001 in long.text) == (1, True)
    assert len(read(auditor.post(page, {"text": "  "}), 409).errors) == 1
    assert not DoorQuestion.objects.exists()


def test_so_many_an_hour_and_so_many_open(door):
    for _number in range(10):
        doors.ask(door, DoorQuestion.Page.OVERVIEW, "Und?")
    with pytest.raises(Refused):
        doors.ask(door, DoorQuestion.Page.OVERVIEW, "Und?")
    cache.clear()
    DoorQuestion.objects.bulk_create(DoorQuestion(door=door, page="overview", text="Und?") for _number in range(40))
    with pytest.raises(Refused) as refused:
        doors.ask(door, DoorQuestion.Page.OVERVIEW, "Und?")
    assert (refused.value.codes, DoorQuestion.objects.count()) == (["too_many"], 50)


def test_two_who_answer_send_one_answer(door, coordinator):
    question = doors.ask(door, DoorQuestion.Page.OVERVIEW, "Und?")
    act = Act(coordinator, Channel.COORDINATION)
    doors.answer(question, "Ja.", act)
    with pytest.raises(Refused):
        doors.answer(question, "Nein.", act)
    question.refresh_from_db()
    assert question.answer == "Ja."


def test_what_is_asked_is_text_not_markup(auditor, page, signed_in, coordinator):
    auditor.post(page, {"text": "<script>alert(1)</script>"})
    question = DoorQuestion.objects.get()
    address = reverse("evidence:answer_question", args=[question.pk])
    assert "<script>alert" not in auditor.get(page).content.decode()
    assert "<script>alert" not in signed_in(coordinator).get(address).content.decode()


def test_an_answer_reaches_who_asked_after_the_door_was_closed(auditor, door, page, coordinator):
    auditor.post(page, {"text": "Und?"})
    act = Act(coordinator, Channel.COORDINATION)
    doors.close(door, act)
    doors.answer(DoorQuestion.objects.get(), "Liegt im Archiv.", act)
    deliver_due()
    assert ("Liegt im Archiv." in mail.outbox[-1].body, page in mail.outbox[-1].body) == (True, False)

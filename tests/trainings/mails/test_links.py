"""A link in a mail does one thing, for a while; reading it changes nothing."""

import pytest
from django.core import signing

from tests.builders import build_person, build_registration, build_run
from trainings import booking, mails
from trainings.acts import Act
from trainings.mails import links
from trainings.models import Message, Registration, RegistrationEvent

Status = Registration.Status
CHIEF = "chefin@mayen.example"

pytestmark = pytest.mark.django_db


def is_current(purpose, token):
    return mails.read_link(purpose, token).is_current


def test_a_link_leads_to_its_registration_and_reading_changes_nothing():
    row = build_registration(build_run(), build_person(), Status.OFFERED)
    token = mails.link_token("offer", row)
    for _ in range(3):
        link = mails.read_link("offer", token)
        assert (link.registration, link.is_current, link.sent_to) == (row, True, "")
    assert Registration.objects.get(pk=row.pk).status == "offered"
    assert (RegistrationEvent.objects.count(), Message.objects.count()) == (0, 0)


def test_a_link_is_for_one_purpose():
    row = build_registration(build_run(), build_person(), Status.OFFERED)
    for made_for in links.PURPOSES:
        token = mails.link_token(made_for, row)
        assert [purpose for purpose in links.PURPOSES if mails.read_link(purpose, token)] == [made_for]


def test_a_forged_or_mangled_link_leads_nowhere():
    row = build_registration(build_run(), build_person())
    token = mails.link_token("cancel", row)
    swapped = signing.dumps([row.pk, "", ""], salt="elsewhere")
    assert [mails.read_link("cancel", bad) for bad in ("", "x", token[:-1], "a" + token, swapped)] == [None] * 5


def test_a_link_to_a_registration_that_is_no_more_leads_nowhere():
    token = signing.dumps([0, "", ""], salt="trainings.links.cancel")
    assert mails.read_link("cancel", token) is None


def test_the_link_of_an_offer_ends_with_the_answer():
    row = build_registration(build_run(), build_person(), Status.OFFERED)
    token = mails.link_token("offer", row)
    booking.accept_offer(row, Act(row.person))
    assert not is_current("offer", token)


def test_the_link_of_one_offer_does_not_answer_another():
    run, person = build_run(), build_person()
    first = build_registration(run, person, Status.OFFERED)
    token = mails.link_token("offer", first)
    booking.decline_offer(first, Act(person))
    second = build_registration(run, person, Status.OFFERED)
    assert (is_current("offer", token), is_current("offer", mails.link_token("offer", second))) == (False, True)


def test_the_link_to_cancel_lasts_as_long_as_the_registration():
    run = build_run(capacity=1)
    holder, person = build_person(), build_person()
    place = booking.register(run, holder, Act(holder))
    waiting = booking.register(run, person, Act(person))
    token = mails.link_token("cancel", waiting)
    booking.cancel(place, Act(holder))
    assert is_current("cancel", token)  # promoted, and the first mail's link still serves
    waiting.refresh_from_db()
    booking.cancel(waiting, Act(person))
    assert not is_current("cancel", token)


def test_a_link_names_nobody():
    row = build_registration(build_run(), build_person("kern@mayen.example"), Status.REQUESTED, supervisor_email=CHIEF)
    token = mails.link_token("approval", row, CHIEF)
    content = signing.loads(token, salt="trainings.links.approval")
    assert content == [row.pk, f"requested:{row.status_changed_at.isoformat()}", mails.addressee(CHIEF)]
    assert mails.addressee(CHIEF) == mails.addressee("Chefin@Mayen.example")
    assert CHIEF not in mails.addressee(CHIEF)


def test_the_address_is_whole(settings):
    settings.PUBLIC_URL = "https://miko.example"
    row = build_registration(build_run(), build_person())
    assert mails.link_url("cancel", row).startswith("https://miko.example/")

"""Who is invited, and what becomes of the interest people have noted."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.builders import build_course, build_person, build_registration, build_run, in_days
from tests.pages import read
from trainings import planning
from trainings.acts import Act
from trainings.models import CourseRun, Interest, Message
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db


def test_nobody_is_invited_twice(coordinator, participant, other_participant):
    run = build_run()
    first = planning.invite(run, [participant], Act(coordinator, reason=" Nachholtermin "))
    assert [(row.person, row.reason) for row in first] == [(participant, "Nachholtermin")]
    second = planning.invite(run, [participant, other_participant], Act(coordinator))
    assert [row.person for row in second] == [other_participant]
    sent = Message.objects.order_by("pk").values_list("kind", "recipient", "run", "registration")
    assert list(sent) == [("invited", participant.pk, run.pk, None), ("invited", other_participant.pk, run.pk, None)]


def test_an_invitation_answers_the_interest_in_the_course(coordinator, participant):
    run, other = build_run(), build_course()
    answered = planning.note_interest(run.course, participant)
    open_still = planning.note_interest(other, participant)
    [invitation] = planning.invite(run, [participant], Act(coordinator))
    answered.refresh_from_db()
    assert answered.invitation == invitation
    assert list(Interest.objects.open()) == [open_still]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"cancelled_at": timezone.now(), "cancellation_reason": "krank"}, "cancelled"),
        ({"published_at": None}, "draft"),
        ({"starts_at": in_days(-1)}, "started"),
    ],
)
def test_to_what_nobody_is_invited(coordinator, participant, fields, code):
    with pytest.raises(Refused) as refused:
        planning.invite(build_run(**fields), [participant], Act(coordinator))
    assert [reason.code for reason in refused.value.reasons] == [code]


def test_only_the_coordination_invites(participant, agency_contact):
    with pytest.raises(Refused) as refused:
        planning.invite(build_run(), [participant], Act(agency_contact))
    assert [reason.code for reason in refused.value.reasons] == ["coordinator"]


def test_interest_is_noted_once_and_again_after_it_ended(participant):
    course = build_course()
    first = planning.note_interest(course, participant, wish="online")
    assert planning.note_interest(course, participant, wish="ab März") == first
    planning.withdraw_interest(course, participant)
    again = planning.note_interest(course, participant)
    assert again != first
    assert [row.wish for row in Interest.objects.all()] == ["ab März", ""]


def test_who_has_a_place_or_has_left_is_not_counted(participant, other_participant):
    course = build_course()
    gone = build_person(is_active=False)
    for person in [participant, other_participant, gone]:
        planning.note_interest(course, person)
    build_registration(build_run(course), other_participant)
    build_registration(build_run(course), participant, "cancelled")
    assert [row.person for row in planning.people_interested(course)] == [participant]
    assert [(row.course, row.number) for row in planning.demand()] == [(course, 1)]


def test_a_plan_that_is_refused_leaves_nothing(participant, agency_contact):
    course = build_course()
    planning.note_interest(course, participant)
    with pytest.raises(Refused):
        planning.plan_and_invite(
            course,
            Act(agency_contact),
            starts_at=in_days(30),
            ends_at=in_days(30, 12),
            teaching_minutes=180,
            capacity=8,
            venue=None,
        )
    assert (CourseRun.objects.count(), Interest.objects.open().count()) == (0, 1)


def test_interest_is_noted_changed_and_withdrawn_on_the_page_of_the_course(signed_in, participant):
    course = build_course()
    client = signed_in(participant)
    address = reverse("trainings:note_interest", args=[course.slug])
    response = client.post(address, {"wish": "vormittags"}, follow=True)
    assert response.redirect_chain == [(course.get_absolute_url(), 302)]
    client.post(address, {"wish": "online"})
    interest = Interest.objects.get()
    assert (interest.course, interest.person, interest.wish, interest.ended_at) == (course, participant, "online", None)
    assert "Ihr Interesse ist vorgemerkt." in read(client.get(course.get_absolute_url())).text
    client.post(address, {"withdraw": "1"})
    assert Interest.objects.open().count() == 0
    assert "Merken Sie Ihr Interesse vor." in read(client.get(course.get_absolute_url())).text

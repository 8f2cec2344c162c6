"""Which certificates no longer say what was: after attendance or the sessions themselves were corrected."""

import datetime as dt

import pytest

from certificates import issuing
from tests.certificates.builders import build_certificate, build_finished_run
from trainings import attendance, planning
from trainings.acts import Act
from trainings.planning import Edit, Meeting

pytestmark = pytest.mark.django_db


def moved(session, *, days=0, minutes=None):
    by = dt.timedelta(days=days)
    minutes = minutes or session.teaching_minutes
    return Meeting(session.starts_at + by, session.ends_at + by, minutes, session.room)


@pytest.mark.parametrize("what", ["called off", "another day", "minutes"])
def test_a_session_corrected_afterwards(participant, coordinator, what):
    run = build_finished_run(days_ago=(10, 9))
    certificate = build_certificate(participant, by=coordinator, run=run, rendered=False)
    other = build_certificate(participant, by=coordinator, rendered=False)
    assert issuing.outdated() == []
    first, _second = run.sessions.all()
    new = {"called off": None, "another day": moved(first, days=-7), "minutes": moved(first, minutes=180)}[what]
    edit, act = Edit(sessions={first.pk: new}), Act(coordinator, reason="Berichtigt")

    follows = planning.consequences_of(run, lambda act: planning.change_run(run, edit, act), act)
    assert follows.remarks == ["1 Bescheinigung stimmt danach nicht mehr und erscheint unter den Aufgaben."]
    planning.change_run(run, edit, act)

    assert issuing.outdated() == [certificate]
    assert other not in issuing.outdated()


def test_attendance_set_back_to_not_recorded(participant, coordinator):
    run = build_finished_run(days_ago=(10, 9))
    certificate = build_certificate(participant, by=coordinator, run=run, rendered=False)
    act = Act(coordinator, reason="Verwechselt")
    back = {certificate.registration_id: attendance.Mark(attendance.NOT_RECORDED)}
    attendance.record(run.sessions.first(), back, act)
    assert issuing.outdated() == [certificate]


def test_a_change_that_is_not_on_the_paper_leaves_it_right(participant, coordinator):
    run = build_finished_run()
    build_certificate(participant, by=coordinator, run=run, rendered=False)
    session = run.sessions.get()
    later = Meeting(session.starts_at, session.ends_at, session.teaching_minutes, "Saal 2")
    planning.change_run(run, Edit({"notes": "x"}, sessions={session.pk: later}), Act(coordinator, reason="Raum"))
    assert issuing.outdated() == []


def test_the_desk_lists_it(signed_in, participant, coordinator):
    run = build_finished_run(days_ago=(10, 9))
    certificate = build_certificate(participant, by=coordinator, run=run, rendered=False)
    first = run.sessions.first()
    edit = Edit(sessions={first.pk: moved(first, days=-7)})
    planning.change_run(run, edit, Act(coordinator, reason="Falscher Tag"))
    page = signed_in(coordinator).get("/koordination/").content.decode()
    assert certificate.number in page
    assert "nennt andere Tage" in page

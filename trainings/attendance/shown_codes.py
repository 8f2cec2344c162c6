"""Whose code was that? People show the trainer a code of their own, who types it here or lets the camera read it.

The page of the session reads codes by itself, also without network (``static/js/scan.js``), and marks the row as a tap
does. Here the same is decided of what was typed into the form.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from trainings import personal_codes
from trainings.acts import Act
from trainings.attendance import marks
from trainings.attendance.marks import Mark
from trainings.locking import locked_session
from trainings.models import AttendanceRecord, Registration, Session
from trainings.refusals import Reason, Refused

Status = AttendanceRecord.Status


@transaction.atomic
def mark_by_code(session: Session, typed: str, act: Act) -> Registration:
    """Whoever showed the code is present from now on; what is recorded already stays. Raises Refused."""
    session = locked_session(session)
    registration = _found(session, personal_codes.typed(typed))
    record = AttendanceRecord.objects.filter(session=session, registration=registration).first()
    if record is not None:
        raise Refused(_recorded(registration, record))
    marks.record(session, {registration.pk: Mark(Status.PRESENT)}, act)
    return registration


def codes_of(session: Session, registrations: list[Registration]) -> dict[str, int]:
    """For the page of the session: by what it recognises each code, whose it is."""
    return {
        personal_codes.mark_of_code(session, personal_codes.personal_code(row)): row.pk
        for row in registrations
        if row.is_confirmed
    }


def _found(session: Session, code: str) -> Registration:
    if not personal_codes.is_whole(code):
        text = _("Ein Code hat zehn Buchstaben und Ziffern, zum Beispiel K7QFA-M9XTC. Bitte vergleichen Sie ihn.")
        raise Refused(Reason("unreadable", text, "code"))
    if not personal_codes.is_spelled_right(code):
        text = _("Hier stimmt ein Zeichen nicht. Bitte vergleichen Sie den Code noch einmal.")
        raise Refused(Reason("mistyped", text, "code"))
    if not code.startswith(personal_codes.run_part(session.run_id)):
        text = _("Dieser Code gehört zu einem anderen Termin. Ist die Person hier richtig, ist sie „dazugekommen“.")
        raise Refused(Reason("other_run", text, "code"))
    for registration in marks.expected(session):
        if personal_codes.fits(registration, code):
            return registration
    text = _("Zu diesem Code gibt es hier keinen Platz mehr. Vielleicht ist die Person inzwischen abgemeldet.")
    raise Refused(Reason("unknown", text, "code"))


def _recorded(registration: Registration, record: AttendanceRecord) -> Reason:
    values = {"person": registration.person.full_name, "status": record.get_status_display()}
    if record.status == Status.PRESENT:
        return Reason("recorded", _("%(person)s ist schon als anwesend eingetragen.") % values, "code")
    text = _("Für %(person)s steht schon „%(status)s“ auf der Liste. Ist das falsch, ändern Sie es bitte dort.")
    return Reason("recorded", text % values, "code")

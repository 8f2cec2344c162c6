"""What does an auditor ask, and what is answered? Seen by coordinators and at the door it came from."""

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.limits import Limit
from evidence.doors import mails
from evidence.models import AuditorDoor, DoorQuestion, ReportingPeriod, ReportingPeriodEvent
from evidence.periods import changing, note
from trainings.acts import Act, Channel
from trainings.models import rows_if_any
from trainings.refusals import Reason, Refused

MOST_OPEN = 50
RATE = Limit("door:questions", 10, 3600)

Page = DoorQuestion.Page
What = ReportingPeriodEvent.What


def ask(door: AuditorDoor, page: Page, text: str, run: int | None = None) -> DoorQuestion:
    """Becomes a task of the coordinators, who get a mail. Raises Refused where too much is asked at once."""
    if not RATE.take(door.pk):
        raise Refused(Reason("rate", _("Sie haben gerade sehr viel gefragt. Bitte warten Sie eine Stunde."), "text"))
    with transaction.atomic():
        ReportingPeriod.objects.select_for_update().get(pk=door.period_id)  # first, as coordinators' operations do
        door = AuditorDoor.objects.select_for_update(of=("self",)).select_related("period__funding").get(pk=door.pk)
        if not door.is_open():
            raise Refused(Reason("closed", _("Ihr Zugang ist inzwischen beendet."), "text"))
        if door.questions.open().count() >= MOST_OPEN:
            said = _("%(number)d Ihrer Fragen sind noch offen. Bitte warten Sie, bis einige beantwortet sind.")
            raise Refused(Reason("too_many", said % {"number": MOST_OPEN}, "text"))
        act, at = Act(channel=Channel.LINK).begin()
        question = DoorQuestion.objects.create(door=door, page=page, run_id=run, text=text.strip(), asked_at=at)
        note(door.period, act, What.ASKED, about=_about(question))
        mails.tell_of_question(question)
    return question


def answer(question: DoorQuestion, text: str, act: Act) -> DoorQuestion:
    """Once: the auditor has read it. Raises Refused where somebody else was faster."""
    with changing(question.door.period, act) as (period, act):
        rows = DoorQuestion.objects.select_for_update(of=("self",)).select_related("door__period__funding", "run")
        question = rows.get(pk=question.pk)
        if question.is_answered:
            raise Refused(Reason("answered", _("Diese Frage ist schon beantwortet.")))
        question.answer, question.answered_by, question.answered_at = text.strip(), act.user, act.begin()[1]
        question.save(update_fields=["answer", "answered_by", "answered_at"])
        note(period, act, What.ANSWERED, about=_about(question))
        mails.tell_of_answer(question)
    return question


def questions_at(door: AuditorDoor, page: Page | None = None, run: int | None = None) -> QuerySet[DoorQuestion]:
    """Those asked on one page; without a page all of the door."""
    rows = door.questions.select_related("run")
    return rows if page is None else rows.filter(page=page, run=run)


def questions_of(door: AuditorDoor) -> QuerySet[DoorQuestion]:
    """For coordinators: what is to be answered comes first."""
    return door.questions.select_related("run__course", "answered_by").order_by(
        F("answered_at").desc(nulls_first=True), "asked_at", "pk"
    )


def to_answer() -> list[DoorQuestion]:
    """The oldest first."""
    rows = DoorQuestion.objects.open().exclude(text="")
    return rows_if_any(rows.select_related("door__period__funding", "run").order_by("asked_at", "pk"))


def _about(question: DoorQuestion) -> str:
    """In the language of the coordinators, whatever the auditor reads."""
    with override(settings.LANGUAGE_CODE):
        return f"{question.door.label}, {question.where}"

"""Somebody asks for something to be done with their data; a coordinator answers within a month (Art. 12(3) GDPR)."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from trainings.acts import Act
from trainings.models import DataRequest, one_month_after
from trainings.refusals import Reason, Refused

Kind = DataRequest.Kind


def request_about_data(person: User, kind: Kind, act: Act, *, words: str = "") -> DataRequest:
    """A task on the desk, with its deadline. Raises Refused while one of that kind is open."""
    act, at = act.begin()
    try:
        with transaction.atomic():
            asked = DataRequest.objects.create(
                person=person,
                kind=kind,
                words=words.strip()[:1000],
                asked_at=at,
                due_on=one_month_after(timezone.localdate(at)),
            )
            audit.record(audit.What.DATA_REQUESTED, by=act.by, person=person, about=kind.value, at=at)
    except IntegrityError:
        raise Refused(Reason("open", _("Diesen Antrag haben Sie schon gestellt; er ist in Arbeit."))) from None
    return asked


def withdraw_request(asked: DataRequest) -> None:
    """The person has thought better of it. Nothing of it is kept, but that it was made."""
    DataRequest.objects.filter(pk=asked.pk, done_at=None).delete()


@transaction.atomic
def answer_request(asked: DataRequest, words: str, act: Act) -> DataRequest:
    """Done, or refused with the reasons; the person reads it on their page. Raises Refused."""
    act, at = act.begin()
    if not act.is_by_coordinator:
        raise Refused(Reason("coordinator", _("Das kann nur die Koordination.")))
    asked = DataRequest.objects.select_for_update().get(pk=asked.pk)
    if not asked.is_open:
        raise Refused(Reason("done", _("Dieser Antrag ist bereits erledigt.")))
    asked.answer, asked.done_at, asked.done_by = words.strip()[:1000], at, act.by
    asked.save(update_fields=["answer", "done_at", "done_by"])
    return asked

"""Mails to trainers, to contacts with people to name, and to coordinators."""

from django.utils.translation import gettext_lazy as _

from trainings.mail_texts import CONTACT, OF_RUNS, TRAINER
from trainings.mails import contexts, objections
from trainings.mails.kinds.changes import ONE_MOVED
from trainings.models import Ending, MailKind, Words

TRAINER_ASSIGNED = MailKind(
    name="trainer_assigned",
    label=_("Kursleitung übernommen"),
    words=Words(
        TRAINER,
        _("Sie leiten: {title} ({number})"),
        _("Sie sind als Kursleitung für diesen Termin eingetragen."),
        OF_RUNS,
    ),
    context=contexts.to_trainer,
    true_while=frozenset(),
    objection=objections.not_assigned,
    tells_calendar=False,
)
TRAINER_REMOVED = MailKind(
    name="trainer_removed",
    label=_("Kursleitung abgegeben"),
    words=Words(
        TRAINER,
        _("Kursleitung geändert: {title} ({number})"),
        _("Sie leiten diesen Termin nicht mehr. Er steht nicht mehr in Ihrer Übersicht und in Ihrem Kalender."),
        OF_RUNS,
    ),
    context=contexts.removed_trainer,
    true_while=frozenset(),
    objection=objections.leads_again,
    tells_calendar=False,
)
TRAINER_CANCELLED = MailKind(
    name="trainer_cancelled",
    label=_("Kursleitung informiert: Termin abgesagt"),
    words=Words(
        TRAINER,
        _("Termin abgesagt: {title} ({number})"),
        _("Dieser Termin, den Sie leiten sollten, findet nicht statt."),
        OF_RUNS,
    ),
    context=contexts.to_trainer,
    true_while=frozenset(),
    objection=objections.run_is_not_off,
    tells_calendar=False,
    of_cancelled_run=True,
)
TRAINER_LIST = MailKind(
    name="trainer_list",
    label=_("Liste für die Kursleitung"),
    words=Words(
        TRAINER,
        _("Ihre nächste Sitzung: {title} ({number})"),
        _("Hier ist, was Sie für Ihre Sitzung am {day} wissen müssen."),
        (*OF_RUNS, "day"),
    ),
    context=contexts.trainer_list,
    true_while=frozenset(),
    objection=objections.of_list,
    tells_calendar=False,
)
CONTACT_CANCELLED = MailKind(
    name="contact_cancelled",
    label=_("Ansprechperson informiert: Termin abgesagt"),
    words=Words(
        CONTACT,
        _("Termin abgesagt: {title} ({number})"),
        _("Dieser Termin, für den Sie Plätze gehalten haben, findet nicht statt."),
        OF_RUNS,
    ),
    context=contexts.to_contact,
    true_while=frozenset(),
    objection=objections.run_is_not_off,
    tells_calendar=False,
    of_cancelled_run=True,
)
CONTACT_MOVED = MailKind(
    name="contact_moved",
    label=_("Ansprechperson informiert: Termin geändert"),
    words=Words(
        CONTACT, _("Termin geändert: {title} ({number})"), _("An diesem Termin hat sich etwas geändert."), OF_RUNS
    ),
    context=contexts.contact_moved,
    true_while=frozenset(),
    objection=objections.nothing_to_name,
    tells_calendar=False,
    invented_details=ONE_MOVED,
)
CONTACT_APPOINTED = MailKind(
    name="contact_appointed",
    label=_("Ansprechperson geworden"),
    words=None,
    context=contexts.contact_appointed,
    true_while=frozenset(),
    objection=objections.of_appointment,
    tells_calendar=False,
)
DIGEST = MailKind(
    name="digest",
    label=_("Übersicht für die Koordination"),
    words=None,
    context=contexts.morning_digest,
    true_while=frozenset(),
    objection=objections.of_digest,
    tells_calendar=False,
    can_be_ended=Ending.DIGEST,
)

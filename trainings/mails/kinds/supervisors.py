"""Mails to supervisors, or to the agency's contact in their place, and about their decision."""

from django.utils.translation import gettext_lazy as _

from trainings.mail_texts import CONTACT, HELD, OF_REGISTRATIONS, PERSON, SUPERVISOR
from trainings.mails import contexts, objections
from trainings.models import MailKind, Registration, Words

Status = Registration.Status

APPROVAL_ASKED = MailKind(
    name="approval_asked",
    label=_("Bitte um Freigabe"),
    words=Words(
        SUPERVISOR,
        _("Bitte um Freigabe: {title} ({days}), Anmeldung vom {registered_at}"),
        _(
            "{name} ist für diese Schulung angemeldet. Bitte entscheiden Sie, ob die Teilnahme möglich ist.\n\n"
            "Die Schulung ist kostenlos."
        ),
        HELD,
    ),
    context=contexts.to_decider,
    true_while=frozenset({Status.REQUESTED}),
    objection=objections.while_decided_by_another,
    tells_calendar=False,
    only_to_last_asked=True,
)
APPROVAL_REMINDER = MailKind(
    name="approval_reminder",
    label=_("Erinnerung an die Freigabe"),
    words=Words(
        SUPERVISOR,
        _("Erinnerung an die Freigabe: {title} ({days}), Anmeldung vom {registered_at}"),
        _(
            "Über die Anmeldung von {name} ist noch nicht entschieden. Bitte entscheiden Sie, ob die Teilnahme "
            "möglich ist.\n\nDie Schulung ist kostenlos."
        ),
        HELD,
    ),
    context=contexts.to_decider,
    true_while=frozenset({Status.REQUESTED}),
    objection=objections.while_decided_by_another,
    tells_calendar=False,
    only_to_last_asked=True,
)
APPROVAL_PASSED_ON = MailKind(
    name="approval_passed_on",
    label=_("Freigabe durch die Ansprechperson"),
    words=Words(
        CONTACT,
        _("Freigabe noch offen: {title} ({days}), Anmeldung vom {registered_at}"),
        _(
            "Über die Anmeldung von {name} ist noch nicht entschieden, und die Frist endet bald. Als Ansprechperson "
            "der Behörde können auch Sie entscheiden."
        ),
        HELD,
    ),
    context=contexts.to_decider,
    true_while=frozenset({Status.REQUESTED}),
    objection=objections.while_decided_by_another,
    tells_calendar=False,
)
APPROVAL_DECLINED = MailKind(
    name="approval_declined",
    label=_("Nicht freigegeben"),
    words=Words(
        PERSON,
        _("Nicht freigegeben: {title} ({days})"),
        _("Ihre Teilnahme an dieser Schulung wurde nicht freigegeben. Ihre Anmeldung ist damit beendet."),
        OF_REGISTRATIONS,
    ),
    context=contexts.with_other_runs,
    true_while=frozenset({Status.DECLINED}),
    objection=objections.always_true,
    tells_calendar=True,
)
APPROVAL_EXPIRED = MailKind(
    name="approval_expired",
    label=_("Freigabe ausgeblieben"),
    words=Words(
        PERSON,
        _("Freigabe ausgeblieben: {title} ({days})"),
        _(
            "Über Ihre Teilnahme wurde nicht rechtzeitig entschieden. Der Platz ist deshalb nicht länger gehalten, "
            "und Ihre Anmeldung ist beendet."
        ),
        OF_REGISTRATIONS,
    ),
    context=contexts.with_other_runs,
    true_while=frozenset({Status.EXPIRED}),
    objection=objections.always_true,
    tells_calendar=True,
)
SUPERVISOR_INFORMED = MailKind(
    name="supervisor_informed",
    label=_("Vorgesetzte informiert: Platz"),
    words=Words(
        SUPERVISOR,
        _("Zur Kenntnis, Teilnahme bestätigt: {title} ({days})"),
        _("{name} hat einen Platz in dieser Schulung. Sie müssen nichts tun."),
        OF_REGISTRATIONS,
    ),
    context=contexts.to_supervisor,
    true_while=frozenset({Status.CONFIRMED}),
    objection=objections.over,
    tells_calendar=False,
)
SUPERVISOR_CANCELLED = MailKind(
    name="supervisor_cancelled",
    label=_("Vorgesetzte informiert: Platz beendet"),
    words=Words(
        SUPERVISOR,
        _("Zur Kenntnis, Anmeldung beendet: {title} ({days})"),
        _("Die Anmeldung von {name} zu dieser Schulung ist beendet. Sie müssen nichts tun."),
        OF_REGISTRATIONS,
    ),
    context=contexts.to_supervisor,
    true_while=frozenset({Status.CANCELLED, Status.DECLINED}),
    objection=objections.always_true,
    tells_calendar=False,
)

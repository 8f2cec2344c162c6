"""Mails about getting a place, or not."""

from django.utils.translation import gettext_lazy as _

from trainings.mail_texts import HELD, LEAVING, OF_REGISTRATIONS, PERSON
from trainings.mails import contexts, objections
from trainings.models import MailKind, Registration, Words

Status = Registration.Status

REGISTERED = MailKind(
    name="registered",
    label=_("Anmeldung bestätigt"),
    words=Words(
        PERSON,
        _("Anmeldung bestätigt: {title} ({days})"),
        _("Sie haben einen Platz in dieser Schulung. Zu entscheiden ist nichts mehr; kommen Sie einfach."),
        LEAVING,
    ),
    context=contexts.with_place,
    true_while=frozenset({Status.CONFIRMED}),
    objection=objections.over,
    tells_calendar=True,
)
REQUESTED = MailKind(
    name="requested",
    label=_("Freigabe angefragt"),
    words=Words(
        PERSON,
        _("Freigabe angefragt: {title} ({days})"),
        _(
            "Wir halten einen Platz für Sie. Bestätigt ist er, sobald Ihre vorgesetzte Person zugestimmt hat.\n\n"
            "Das ist nicht die Warteliste: Wir halten den Platz für Sie bis {held_until}. "
            "Ist bis dahin nicht zugestimmt, verfällt er."
        ),
        (*HELD, "leave_until"),
    ),
    context=contexts.on_the_way,
    true_while=frozenset({Status.REQUESTED}),
    objection=objections.while_held,
    tells_calendar=True,
)
REQUESTED_OF_COORDINATOR = MailKind(
    name="requested_of_us",
    label=_("Freigabe durch die Koordination"),
    words=Words(
        PERSON,
        _("Freigabe angefragt: {title} ({days})"),
        _(
            "Wir halten einen Platz für Sie. Über die Freigabe entscheidet die Koordination, weil keine vorgesetzte "
            "Person genannt ist.\n\nDas ist nicht die Warteliste: Der Platz bleibt gehalten, bis entschieden ist."
        ),
        LEAVING,
    ),
    context=contexts.on_the_way,
    true_while=frozenset({Status.REQUESTED}),
    objection=objections.has_started,
    tells_calendar=True,
    template="emails/requested.html",
)
WAITLISTED = MailKind(
    name="waitlisted",
    label=_("Auf der Warteliste"),
    words=Words(
        PERSON,
        _("Warteliste: {title} ({days})"),
        _("Zurzeit sind alle Plätze vergeben. Sie stehen auf der Warteliste."),
        OF_REGISTRATIONS,
    ),
    context=contexts.on_the_way,
    true_while=frozenset({Status.WAITLISTED}),
    objection=objections.always_true,
    tells_calendar=True,
)
PROMOTED = MailKind(
    name="promoted",
    label=_("Nachgerückt"),
    words=Words(
        PERSON,
        _("Platz bestätigt: {title} ({days})"),
        _("Ein Platz ist frei geworden, und Sie haben ihn: Ihre Anmeldung ist jetzt bestätigt."),
        LEAVING,
    ),
    context=contexts.with_place,
    true_while=frozenset({Status.CONFIRMED}),
    objection=objections.over,
    tells_calendar=True,
)
OFFERED = MailKind(
    name="offered",
    label=_("Platz angeboten"),
    words=Words(
        PERSON,
        _("Platz angeboten: {title} ({days})"),
        _("Ein Platz ist frei geworden, und Sie sind an der Reihe. Wir halten ihn für Sie bis {held_until}."),
        HELD,
    ),
    context=contexts.with_answer_link,
    true_while=frozenset({Status.OFFERED}),
    objection=objections.while_held,
    tells_calendar=True,
)
CALLED = MailKind(
    name="called",
    label=_("Platz frei: wer zuerst zusagt"),
    words=Words(
        PERSON,
        _("Platz frei, wer zuerst zusagt: {title} ({days})"),
        _(
            "Ein Platz ist frei geworden. Weil die Schulung bald beginnt, fragen wir alle Wartenden zugleich: "
            "Wer zuerst zusagt, bekommt ihn."
        ),
        OF_REGISTRATIONS,
    ),
    context=contexts.with_answer_link,
    true_while=frozenset({Status.WAITLISTED}),
    objection=objections.has_started,
    tells_calendar=True,
)
OFFER_DECLINED = MailKind(
    name="offer_declined",
    label=_("Angebot abgelehnt"),
    words=Words(
        PERSON,
        _("Angebot abgelehnt: {title} ({days})"),
        _(
            "Sie haben den angebotenen Platz abgelehnt. Ihre Anmeldung ist damit beendet, und der Platz wird für "
            "andere frei."
        ),
        OF_REGISTRATIONS,
    ),
    context=contexts.with_other_runs,
    true_while=frozenset({Status.DECLINED}),
    objection=objections.always_true,
    tells_calendar=True,
)
OFFER_PASSED = MailKind(
    name="offer_passed",
    label=_("Angebot verfallen, weiter auf der Warteliste"),
    words=Words(
        PERSON,
        _("Angebot verfallen: {title} ({days})"),
        _(
            "Wir haben bis zum Ende der Frist keine Antwort auf unser Angebot bekommen. Der Platz wird zuerst anderen "
            "angeboten, die warten. Sie selbst warten weiter."
        ),
        OF_REGISTRATIONS,
    ),
    context=contexts.on_the_way,
    true_while=frozenset({Status.WAITLISTED}),
    objection=objections.always_true,
    tells_calendar=True,
)
OFFER_EXPIRED = MailKind(
    name="offer_expired",
    label=_("Angebot verfallen"),
    words=Words(
        PERSON,
        _("Angebot verfallen: {title} ({days})"),
        _(
            "Wir haben bis zum Ende der Frist keine Antwort auf unser Angebot bekommen. Der Platz wird für andere "
            "frei, und Ihre Anmeldung ist beendet."
        ),
        OF_REGISTRATIONS,
    ),
    context=contexts.with_other_runs,
    true_while=frozenset({Status.EXPIRED}),
    objection=objections.always_true,
    tells_calendar=True,
)

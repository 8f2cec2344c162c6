"""Mails about a place that ends, or a run that changes."""

from django.utils.translation import gettext_lazy as _

from trainings.mail_texts import HELD, LEAVING, OF_REGISTRATIONS, PERSON
from trainings.mails import contexts, objections
from trainings.models import MailKind, Registration, Words

Status = Registration.Status

_OLD = {"starts_at": "2037-03-09T08:00:00+00:00", "ends_at": "2037-03-09T15:30:00+00:00", "room": ""}
_NEW = {"starts_at": "2037-03-10T08:00:00+00:00", "ends_at": "2037-03-10T15:30:00+00:00", "room": ""}
ONE_MOVED = {"changes": [{"session": 0, "old": _OLD, "new": _NEW, "cancelled": False}]}

SUBSTITUTED = MailKind(
    name="substituted",
    label=_("Platz übergeben"),
    words=Words(
        PERSON,
        _("Platz übergeben: {title} ({days})"),
        _("Ihren Platz in dieser Schulung hat jetzt {substitute}. Ihre Anmeldung ist damit beendet."),
        (*OF_REGISTRATIONS, "substitute"),
    ),
    context=contexts.substituted,
    true_while=frozenset({Status.CANCELLED}),
    objection=objections.always_true,
    tells_calendar=True,
)
SUBSTITUTE_ASKED = MailKind(
    name="substitute_asked",
    label=_("Bitte, einen Platz zu übernehmen"),
    words=Words(
        PERSON,
        _("Platz zu übernehmen, bitte antworten: {title} ({days})"),
        _(
            "Eine Kollegin oder ein Kollege möchte Ihnen einen Platz in dieser Schulung überlassen. "
            "Bitte sagen Sie bis {held_until}, ob Sie ihn übernehmen."
        ),
        HELD,
    ),
    context=contexts.asked_to_take_over,
    true_while=frozenset({Status.OFFERED}),
    objection=objections.while_held,
    tells_calendar=True,
)
SUBSTITUTE_ENDED = MailKind(
    name="substitute_ended",
    label=_("Bitte, einen Platz zu übernehmen: beendet"),
    words=Words(
        PERSON,
        _("Der Platz wird nicht übergeben: {title} ({days})"),
        _("Sie waren gefragt, ob Sie einen Platz in dieser Schulung übernehmen. Das hat sich erledigt."),
        OF_REGISTRATIONS,
    ),
    context=contexts.with_other_runs,
    true_while=frozenset({Status.EXPIRED, Status.CANCELLED, Status.WAITLISTED}),
    objection=objections.always_true,
    tells_calendar=True,
)
PLACE_KEPT = MailKind(
    name="place_kept",
    label=_("Platz behalten"),
    words=Words(
        PERSON,
        _("Sie behalten Ihren Platz: {title} ({days})"),
        _("Ihr Platz in dieser Schulung ist nicht übergeben worden. Sie haben ihn weiterhin."),
        LEAVING,
    ),
    context=contexts.nothing_more,
    true_while=frozenset({Status.CONFIRMED}),
    objection=objections.over,
    tells_calendar=False,
)
SUBSTITUTE = MailKind(
    name="substitute",
    label=_("Platz übernommen"),
    words=Words(
        PERSON,
        _("Platz übernommen: {title} ({days})"),
        _("Sie haben einen Platz in dieser Schulung: Sie nehmen anstelle einer Kollegin oder eines Kollegen teil."),
        LEAVING,
    ),
    context=contexts.with_place,
    true_while=frozenset({Status.CONFIRMED}),
    objection=objections.over,
    tells_calendar=True,
)
MOVED = MailKind(
    name="moved",
    label=_("Umgebucht"),
    words=Words(
        PERSON, _("Umgebucht: {title} ({days})"), _("Sie haben einen Platz in diesem Termin der Schulung."), LEAVING
    ),
    context=contexts.with_place,
    true_while=frozenset({Status.CONFIRMED}),
    objection=objections.over,
    tells_calendar=True,
)
CANCELLED = MailKind(
    name="cancelled",
    label=_("Abmeldung bestätigt"),
    words=Words(
        PERSON,
        _("Abmeldung bestätigt: {title} ({days})"),
        _("Ihre Anmeldung zu dieser Schulung ist beendet. Sie brauchen nichts weiter zu tun."),
        OF_REGISTRATIONS,
    ),
    context=contexts.nothing_more,
    true_while=frozenset({Status.CANCELLED}),
    objection=objections.always_true,
    tells_calendar=True,
)
SESSION_MOVED = MailKind(
    name="session_moved",
    label=_("Termin geändert"),
    words=Words(
        PERSON,
        _("Termin geändert: {title} ({days})"),
        _("An diesem Termin hat sich etwas geändert."),
        OF_REGISTRATIONS,
    ),
    context=contexts.session_moved,
    true_while=Registration.ACTIVE,
    objection=objections.of_moved_sessions,
    tells_calendar=True,
    invented_details=ONE_MOVED,
)
RUN_CANCELLED = MailKind(
    name="run_cancelled",
    label=_("Termin abgesagt"),
    words=Words(
        PERSON,
        _("Termin abgesagt: {title} ({days})"),
        _("Dieser Termin findet leider nicht statt."),
        OF_REGISTRATIONS,
    ),
    context=contexts.with_other_runs,
    true_while=frozenset(Status),
    objection=objections.run_is_not_off,
    tells_calendar=True,
    of_cancelled_run=True,
)
WAIT_ENDED = MailKind(
    name="wait_ended",
    label=_("Warteliste beendet"),
    words=Words(
        PERSON,
        _("Kein Platz frei geworden: {title} ({days})"),
        _(
            "Die Schulung hat begonnen, ohne dass ein Platz für Sie frei geworden ist. Das tut uns leid. "
            "Ihre Anmeldung auf der Warteliste ist damit beendet."
        ),
        OF_REGISTRATIONS,
    ),
    context=contexts.with_other_runs,
    true_while=frozenset({Status.EXPIRED}),
    objection=objections.always_true,
    tells_calendar=True,
)
WALKED_IN = MailKind(
    name="walked_in",
    label=_("Vor Ort dazugekommen"),
    words=Words(
        PERSON,
        _("Ihre Teilnahme: {title} ({days})"),
        _("Die Kursleitung hat Sie vor Ort in die Liste der Teilnehmenden eingetragen."),
        OF_REGISTRATIONS,
    ),
    context=contexts.walked_in,
    true_while=frozenset({Status.CONFIRMED}),
    objection=objections.always_true,
    tells_calendar=True,
)

"""What may be done now, and by whom? Pages show these actions and decide nothing; operations refuse the rest."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import User
from trainings.acts import Act
from trainings.dates import date_short
from trainings.models import Agreement, CourseRun, Registration, Session
from trainings.phases import Phase, phase_of


@dataclass(frozen=True)
class Action:
    """A word for code, what link or button says, where it leads. ``posts``: a button that acts at once.

    ``look``: of a button, ``primary`` or ``secondary``; empty for a plain link.
    """

    code: str
    label: str
    url: str
    posts: bool = False
    look: str = ""


@dataclass(frozen=True)
class Afterwards:
    """What an app above offers once a run is over, on its page ``page``; apps add theirs when they start.

    ``number_due``: for how many people it is still to be done. ``offer``: a coordinator who closes the run can have it
    done by ``do`` in the same step; in words, with the number.
    """

    code: str
    label: str | Promise
    page: str
    number_due: Callable[[CourseRun], int]
    offer: Callable[[int], str]
    do: Callable[[CourseRun, Act], object]


after_a_run: list[Afterwards] = []


# --- Coordinators ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class RunActions:
    """On the run's page: what is often done in its phase, and what is rare then."""

    usual: list[Action]
    rare: list[Action]


_USUAL = {
    Phase.DRAFT: ["edit_run", "register_other", "coordination_list"],
    Phase.FILLING: ["register_other", "coordination_list", "queue", "invite", "announce", "edit_run", "view"],
    Phase.SOON: ["register_other", "queue", "run_sheets", "run_reminders", "announce", "edit_run"],
    Phase.DAY: ["attendance", "run_sheets", "announce", "edit_run"],
    Phase.AFTER: ["attendance", "close", "figures_of_run", "announce"],
    Phase.CLOSED: ["attendance", "figures_of_run", "announce"],
    Phase.CALLED_OFF: ["announce", "offer_other_run", "copy_run", "view"],
}
_ALWAYS_USUAL = ["messages", "export_xlsx"]


def of_coordinator(run: CourseRun, *, has_people: bool, at: dt.datetime | None = None) -> RunActions:
    found = [
        *_registering(run, at),
        *_sessions(run),
        *_queue(run, at),
        *_afterwards(run, at),
        *_telling(run, has_people, at),
    ]
    usual = {*_USUAL[phase_of(run, at)], *_ALWAYS_USUAL, *(added.code for added in after_a_run)}
    return RunActions([one for one in found if one.code in usual], [one for one in found if one.code not in usual])


def on(thing: CourseRun | Session, name: str, label: str) -> Action:
    """A step that is due, as a page of this room."""
    return _on(name, label, thing)


def edit(run: CourseRun, label: str, field: str) -> Action:
    """The page on which a run is changed, where this field is."""
    return Action("edit_run", label, f"{reverse('trainings:edit_run', args=[run.pk])}#{field}")


def publish(run: CourseRun) -> Action:
    return Action("publish", _("Veröffentlichen"), reverse("trainings:publish", args=[run.pk]), posts=True)


def attendance(session: Session) -> Action:
    return _on("attendance", _("Anwesenheit %(day)s") % {"day": date_short(session.starts_at)}, session)


def due_afterwards(run: CourseRun) -> list[Action]:
    """What apps above still have to do for people of the run, which is over."""
    return [_of_app(added, run) for added in after_a_run if added.number_due(run)]


def _of_app(added: Afterwards, run: CourseRun) -> Action:
    return Action(added.code, str(added.label), reverse(added.page, args=[run.pk]))


@dataclass(frozen=True)
class ListedRun:
    """A run in a list of coordinators, with what is often done from there."""

    run: CourseRun
    actions: list[Action]


def listed(runs: Iterable[CourseRun], back: str) -> list[ListedRun]:
    """``back``: the list, to which its pages lead back."""
    return [ListedRun(run, list(_from_list(run, urlencode({"next": back})))) for run in runs]


def _from_list(run: CourseRun, back: str) -> Iterator[Action]:
    pages = {} if run.is_cancelled else {"edit_run": _("Bearbeiten")}
    for name, label in (pages | {"copy_run": _("Kopieren")}).items():
        yield Action(name, label, f"{reverse(f'trainings:{name}', args=[run.pk])}?{back}")


def page_of(run: CourseRun) -> str:
    return reverse("trainings:coordination_run", args=[run.pk])


def may_publish(run: CourseRun) -> bool:
    return run.is_draft


def may_withdraw(run: CourseRun, at: dt.datetime | None = None) -> bool:
    """Published, to come, and nobody has had to do with it; ``planning.withdraw`` asks more closely."""
    return run.is_published and is_to_come(run, at) and not run.places_taken and not run.people_waiting


def is_to_come(run: CourseRun, at: dt.datetime | None = None) -> bool:
    """Places may still be given: neither begun nor called off."""
    return not run.is_cancelled and not run.has_started(at)


def may_end(agreement: Agreement, at: dt.datetime | None = None) -> bool:
    """Earlier than was agreed."""
    return agreement.ends_on is None or agreement.ends_on > timezone.localdate(at)


def of_coordinator_on(registration: Registration, at: dt.datetime | None = None) -> list[Action]:
    url = f"{reverse('trainings:messages')}?anmeldung={registration.pk}"
    found = [Action("messages", _("Nachrichten"), url)]
    if registration.is_active and not (registration.takes_a_place and registration.run.is_finished(at)):
        found.append(_on("cancel_other", _("Abmelden"), registration))
    return found


def of_coordinator_in_queue(registration: Registration, reader: User) -> list[Action]:
    """To decide past the queue, or instead of whoever is asked; nobody decides on their own registration."""
    if registration.person_id == reader.pk:
        return []
    if registration.is_asked_to_take_over:
        return []
    acts = {"give_now": _("Platz geben")}
    if registration.is_requested:
        acts = {"approve": _("Zustimmung eintragen"), "decline": _("Ablehnung eintragen")}
    elif registration.is_waiting:
        acts = {"move_up": _("Vorziehen"), **acts}
    return [_on(name, label, registration) for name, label in acts.items()]


def _registering(run: CourseRun, at: dt.datetime | None) -> Iterator[Action]:
    if is_to_come(run, at):
        yield _on("register_other", _("Jemanden anmelden"), run)
        yield _on("coordination_list", _("Liste anmelden"), run)


def _sessions(run: CourseRun) -> Iterator[Action]:
    sessions = run.sessions_taking_place
    for session in sessions:
        yield attendance(session)
    if run.is_cancelled:
        return
    if sessions:
        yield _on("run_sheets", _("Listen zum Unterschreiben (PDF)"), run)


def _queue(run: CourseRun, at: dt.datetime | None) -> Iterator[Action]:
    if is_to_come(run, at):
        yield _on("queue", _("Warteliste und Freigaben"), run)
        yield _on("run_contingents", _("Kontingente"), run)
        if run.is_published:
            yield _on("invite", _("Jemanden einladen"), run)


def _afterwards(run: CourseRun, at: dt.datetime | None) -> Iterator[Action]:
    if run.is_cancelled:
        return
    if run.is_finished(at):
        for added in after_a_run:
            yield _of_app(added, run)
        if run.is_closed:
            yield _on("reopen", _("Termin wieder öffnen"), run)
        else:
            yield _on("close", _("Termin abschließen"), run)
    if run.has_started(at):
        yield _on("figures_of_run", _("Zahlen zu diesem Termin"), run)


def _telling(run: CourseRun, has_people: bool, at: dt.datetime | None) -> Iterator[Action]:
    if run.is_published or has_people:
        yield _on("announce", _("Nachricht schreiben"), run)
    messages = f"{reverse('trainings:messages')}?{urlencode({'termin': run.number})}"
    yield Action("messages", _("Nachrichten zu diesem Termin"), messages)
    if not run.is_cancelled:
        yield _on("run_reminders", _("Erinnerungen und Dank"), run)
    yield Action("export_xlsx", _("Anmeldungen als Excel-Datei"), reverse("trainings:export", args=[run.pk, "xlsx"]))
    yield Action("export_csv", _("Anmeldungen als CSV-Datei"), reverse("trainings:export", args=[run.pk, "csv"]))
    if not run.is_cancelled:
        yield _on("edit_run", _("Termin bearbeiten"), run)
    if run.is_cancelled:
        yield _on("offer_other_run", _("Anderen Termin anbieten"), run)
    yield _on("copy_run", _("Termin kopieren"), run)
    if may_withdraw(run, at):
        yield _on("withdraw", _("Termin zurückziehen"), run)
    if run.is_published:
        yield Action("view", _("Im Programm ansehen"), run.get_absolute_url())
    if not run.is_cancelled and not run.is_closed:
        yield _on("cancel_run", _("Termin absagen"), run)


# --- Agency contacts -------------------------------------------------------------------------------


def of_contact_on(registration: Registration, contact: User, at: dt.datetime | None = None) -> list[Action]:
    """What the agency's contact may do with a colleague's registration; nobody decides on their own."""
    found = []
    if may_decide(registration, contact, at):
        found.append(_on("decide", _("Entscheiden"), registration))
    if may_hand_over(registration, at):
        found.append(_on("substitute_colleague", _("Platz übergeben"), registration))
    if registration.can_be_cancelled(at) and not registration.run.is_cancelled:
        found.append(_on("cancel_colleague", _("Abmelden"), registration))
    colleague = registration.person
    back = urlencode({"next": reverse("trainings:agency_run", args=[registration.run_id])})
    if may_rename(registration, contact):
        url = f"{reverse('trainings:rename_colleague', args=[registration.person_id])}?{back}"
        found.append(Action("rename_colleague", _("Name ändern"), url))
    if colleague.is_active and colleague != contact and colleague.agency_id == registration.agency_id:
        url = reverse("trainings:end_account_of_colleague", args=[registration.person_id])
        found.append(Action("end_account", _("Arbeitet nicht mehr hier"), url))
    return found


def may_rename(registration: Registration, contact: User) -> bool:
    """Until the colleague has been here; ``people_entered_by_agencies`` asks once more when it is done."""
    colleague = registration.person
    is_ours = colleague.agency_id == registration.agency_id and colleague != contact
    entered = registration.source == Registration.Source.AGENCY and colleague.role == User.Role.PARTICIPANT
    return is_ours and entered and colleague.was_never_here and not colleague.is_superuser


def may_decide(registration: Registration, contact: User, at: dt.datetime | None = None) -> bool:
    return registration.is_requested and registration.person_id != contact.pk and is_to_come(registration.run, at)


def may_hand_over(registration: Registration, at: dt.datetime | None = None) -> bool:
    return registration.is_confirmed and is_to_come(registration.run, at)


# --- Trainers --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SessionList:
    """The list of a session: what whoever opened it may do with it.

    ``at_the_end``: below the last name, where the thumb is when everybody has been called; also on a page that a device
    has kept since the evening before. ``is_begun``: marks may be made. ``takes_taps``: one by one, as they are tapped;
    once the run is closed coordinators correct it with the button only, and for others it ``is_locked``.
    """

    actions: list[Action]
    at_the_end: list[Action]
    is_begun: bool
    takes_taps: bool
    is_locked: bool


def on_list(session: Session, reader: User, at: dt.datetime | None = None) -> SessionList:
    run = session.run
    return SessionList(
        actions=list(_of_list(session, at)),
        at_the_end=[] if run.is_closed else [_add_walk_in(session), _submit(session)],
        is_begun=session.can_be_recorded(at),
        takes_taps=not run.is_closed,
        is_locked=run.is_closed and not reader.is_coordinator,
    )


def _of_list(session: Session, at: dt.datetime | None) -> Iterator[Action]:
    if not session.is_cancelled and not session.run.is_cancelled:
        yield _on("session_sheet", _("Liste zum Unterschreiben (PDF)"), session)
    yield _on("check_ins", _("Selbst einchecken"), session)
    if session.can_be_recorded(at):
        if session.run.is_online:
            label = _("Anwesenheit aus der Datei des Konferenzprogramms übernehmen")
            yield _on("online_attendance", label, session)
        yield _add_walk_in(session)
        yield _on("paper", _("Papier und System"), session)
        yield _submit(session)


def _add_walk_in(session: Session) -> Action:
    return _on("add_walk_in", _("Jemand ist dazugekommen"), session)


def _submit(session: Session) -> Action:
    return _on("submit", _("Liste abgeben"), session)


@dataclass(frozen=True)
class TaughtSession:
    """On the page of its trainer; ``is_begun``: it says how many are recorded."""

    session: Session
    is_begun: bool
    actions: list[Action]


@dataclass(frozen=True)
class TaughtRun:
    """A run that takes place, or did, on the page of its trainer."""

    run: CourseRun
    sessions: list[TaughtSession]
    actions: list[Action]
    last_time: object | None = None  # of ``attendance.last_time``


def of_trainer(run: CourseRun, at: dt.datetime | None = None, last_time: object | None = None) -> TaughtRun:
    all_sheets = _on("run_sheets", _("Alle Listen zum Unterschreiben (PDF)"), run)
    sessions = [_taught(session, at) for session in run.sessions.all()]
    return TaughtRun(run, sessions, [all_sheets] if len(run.sessions_taking_place) > 1 else [], last_time)


def _taught(session: Session, at: dt.datetime | None) -> TaughtSession:
    if session.is_cancelled:
        return TaughtSession(session, is_begun=False, actions=[])
    is_begun = session.can_be_recorded(at)
    attendance = _on("attendance", _("Anwesenheit") if is_begun else _("Wer kommt"), session, look="secondary")
    sheet = _on("session_sheet", _("Liste zum Unterschreiben (PDF)"), session)
    return TaughtSession(session, is_begun=is_begun, actions=[attendance, sheet])


# --- Participants ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class RegistrationCard:
    """One's own registration; ``is_free``: a place is free, and everybody who waits has been asked."""

    registration: Registration
    at: dt.datetime
    is_free: bool = False

    @property
    def actions(self) -> list[Action]:
        changing = _changing_runs(self.registration, self.at)
        return [*self._answers(), *self._leaving(), *changing, *self._passing_on(), *self._needs()]

    @property
    def shows_link(self) -> bool:
        """The way into an online meeting."""
        return self.registration.is_confirmed

    @property
    def shows_code(self) -> bool:
        """One's own, to check in with."""
        return self.registration.has_personal_code(self.at)

    @property
    def asked_substitute(self) -> Registration | None:
        """Who has still to say if they take over this place, or waits for an approval to do so."""
        if not self.registration.is_confirmed:
            return None
        asked = (row for row in self.registration.substitutes.all() if row.status in Registration.HOLDING)
        return next(asked, None)

    @property
    def moves_up_by_itself(self) -> bool:
        return self.registration.run.promotion(self.at) == CourseRun.Promotion.DIRECT

    @property
    def agencies_take_turns(self) -> bool:
        return self.registration.run.fairness == CourseRun.Fairness.AGENCIES

    @property
    def leaves_by_coordination(self) -> bool:
        """It is too late to cancel without a coordinator."""
        return not self._answers() and not self._leaving() and not self.registration.run.has_started(self.at)

    def _answers(self) -> list[Action]:
        url = reverse("trainings:answer_offer", args=[self.registration.pk])
        if self.registration.is_offered:
            accept = Action("accept", _("Platz annehmen"), url, posts=True, look="primary")
            return [accept, Action("decline", _("Platz ablehnen"), url, posts=True, look="secondary")]
        return [Action("claim", _("Platz nehmen"), url, posts=True, look="primary")] if self.is_free else []

    def _leaving(self) -> list[Action]:
        if self._answers() or not self.registration.can_be_cancelled(self.at):
            return []
        label = _("Warteliste verlassen") if self.registration.is_waiting else _("Abmelden")
        return [_on("cancel", label, self.registration, look="secondary")]

    @property
    def shows_needs(self) -> bool:
        """Also what somebody else has said of them."""
        return bool(self.registration.needs)

    def _needs(self) -> list[Action]:
        label = _("Bedarf ändern oder löschen") if self.registration.needs else _("Bedarf angeben")
        back = urlencode({"next": reverse("trainings:my_registrations")})
        url = f"{reverse('trainings:change_needs', args=[self.registration.pk])}?{back}"
        return [] if self.registration.run.has_started(self.at) else [Action("change_needs", label, url)]

    def _passing_on(self) -> list[Action]:
        own = self.registration
        if own.is_confirmed and own.agency_id and not own.run.has_started(self.at):
            return [_on("pass_on", _("Platz übergeben"), own)]
        return []


def _changing_runs(registration: Registration, at: dt.datetime | None = None) -> list[Action]:
    if not registration.may_be_moved(at):
        return []
    page = reverse("trainings:registration", args=[registration.pk])
    return [Action("change_runs", _("Umbuchen"), f"{page}#umbuchen")]


def leaving(registration: Registration, at: dt.datetime | None = None) -> dict[str, object]:
    """For the pages on which one gives back one's place: may one, is there anything left to give back, what instead?"""
    return {
        "may_leave": registration.can_be_cancelled(at),
        "has_ended": not registration.is_active,
        "instead": _changing_runs(registration, at),
    }


def _on(name: str, label: str, thing: CourseRun | Session | Registration, *, look: str = "") -> Action:
    return Action(name, label, reverse(f"trainings:{name}", args=[thing.pk]), look=look)

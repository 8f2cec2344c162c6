"""What is still to do before the first run can be published? Shown on the desk until all of it is done."""

from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from trainings import legal_pages
from trainings.models import CourseRun

# By hand, for every desk asks: as querysets they took ten times as long to build as to answer. „Published“ and
# „coordinator“ are what ``CourseRunQuerySet.published`` and ``UserManager.coordinators`` say; the last condition adds
# nothing: in the words of the index ``user_with_role``, it lets SQLite use that.
_WHAT_THERE_IS = """
    SELECT EXISTS (SELECT 1 FROM accounts_agency), EXISTS (SELECT 1 FROM trainings_venue),
           EXISTS (SELECT 1 FROM trainings_funding), EXISTS (SELECT 1 FROM trainings_course),
           EXISTS (SELECT 1 FROM trainings_courserun AS run JOIN trainings_course AS course ON course.id = run.course_id
                   WHERE run.published_at <= %s AND course.published_at <= %s),
           EXISTS (SELECT 1 FROM trainings_message WHERE bounced_at IS NOT NULL),
           (SELECT COUNT(*) FROM accounts_user WHERE (role = %s OR is_superuser) AND is_active
                   AND (NOT (role = 'participant') OR is_superuser))
"""
# Of what there must be at least one: where one is made, and where all are listed.
_RUN = ("trainings:choose_course", "trainings:coordination_runs")
_COORDINATOR = ("trainings:new_person", "trainings:find_people")


@dataclass(frozen=True)
class FirstStep:
    """``url`` is the page on which it is done or, once it is, looked at."""

    name: str | Promise
    why: str | Promise
    done: bool
    url: str


@dataclass(frozen=True)
class FirstSteps:
    steps: list[FirstStep]

    @property
    def number_open(self) -> int:
        return sum(not step.done for step in self.steps)


def first_steps(person: User) -> list[FirstSteps]:
    """The one list; none once everything on it is done."""
    found = FirstSteps(_steps())
    return [found] if found.number_open else []


def _steps() -> list[FirstStep]:
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_WHAT_THERE_IS, [now, now, User.Role.COORDINATOR])
        agency, venue, grant, course, run, bounced, coordinators = cursor.fetchone()
    two = coordinators > 1
    return [
        FirstStep(
            _("Behörde"),
            _("Wer sich anmeldet, gehört zu einer Behörde; ihre Mail-Domain sagt, zu welcher."),
            agency,
            _page_of("behoerden", agency),
        ),
        FirstStep(
            _("Veranstaltungsort"), _("Mit Anschrift, Wegbeschreibung und Räumen."), venue, _page_of("orte", venue)
        ),
        FirstStep(
            _("Förderung"),
            _("Sie wird überall genannt, und ihr Ende sagt, wie lange Nachweise bleiben."),
            grant,
            _page_of("foerderungen", grant),
        ),
        FirstStep(
            _("Schulung"),
            _("Was gelehrt wird: Titel, Ziele, Inhalte, Zielgruppen."),
            course,
            _page_of("schulungen", course),
        ),
        FirstStep(_("Veröffentlichter Termin"), _("Damit kann man sich anmelden."), run, _page_of_runs(run)),
        FirstStep(
            _("Rechtliche Seiten ohne Lücken"),
            _("Was nur Sie wissen, fehlt auf ihnen noch: Anschrift, Datenschutzbeauftragte, Durchsetzungsstelle."),
            not any(standing.gaps for standing in legal_pages.standings()),
            reverse("trainings:legal_pages"),
        ),
        FirstStep(
            _("Postfach für zurückgekommene E-Mails"),
            _("Richtet ein, wer die Website betreibt: BOUNCE_IMAP_URL. Ohne es erfährt niemand, was nicht ankam."),
            bool(settings.BOUNCE_IMAP_URL) or bounced,
            reverse("trainings:messages"),
        ),
        FirstStep(
            _("Zweite Person in der Koordination"),
            _("Damit jemand vertreten kann."),
            two,
            _page(_COORDINATOR, two),
        ),
    ]


def _page(addresses: tuple[str, str], done: bool) -> str:
    to_do, to_look_at = addresses
    return reverse(to_look_at if done else to_do)


def _page_of(kind: str, done: bool) -> str:
    """Of the master data of that kind."""
    return reverse("trainings:master_data_list" if done else "trainings:new_master_data", args=[kind])


def _page_of_runs(done: bool) -> str:
    """That of the draft, where there is one already."""
    draft = None if done else CourseRun.objects.filter(published_at=None, cancelled_at=None).first()
    return reverse("trainings:coordination_run", args=[draft.pk]) if draft else _page(_RUN, done)

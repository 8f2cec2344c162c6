"""What is still to do before the first run can be published? Shown on the desk until all of it is done."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Exists, Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Agency, User
from trainings import legal_pages
from trainings.models import Course, CourseRun, Funding, Message, Venue

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
    coordinators = User.objects.filter(Q(role=User.Role.COORDINATOR) | Q(is_superuser=True), is_active=True)
    rows = coordinators.values_list(
        Exists(Agency.objects.all()),
        Exists(Venue.objects.all()),
        Exists(Funding.objects.all()),
        Exists(Course.objects.all()),
        Exists(CourseRun.objects.published()),
        Exists(Message.objects.exclude(bounced_at=None)),
    )[:2]
    two = len(rows) > 1
    agency, venue, grant, course, run, bounced = rows[0] if rows else (False,) * 6
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

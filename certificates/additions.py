"""What do the pages of trainings show about certificates?"""

from collections.abc import Iterable

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import profile
from certificates import issuing, paper
from certificates.models import Certificate, Wording
from trainings import actions, people
from trainings.additions import Place, register


def register_all() -> None:
    profile.register_remark(_on_printing)
    register(Place.DESK, "certificates/issuing/_to_issue.html", lambda _coordinator: issuing.to_issue())
    register(Place.DESK, "certificates/issuing/_outdated.html", lambda _coordinator: issuing.outdated())
    register(Place.DESK, "certificates/issuing/_unprintable.html", lambda _coordinator: issuing.unprintable())
    register(Place.DESK_LINKS, "certificates/_desk_links.html")
    actions.after_a_run.append(
        actions.Afterwards(
            code="issue",
            label=_("Bescheinigungen ausstellen"),
            page="certificates:issue",
            number_due=issuing.number_to_issue,
            offer=_offer,
            do=issuing.issue,
        )
    )
    register(Place.AGENCY_ACTIONS, "certificates/issuing/_agency_action.html")
    register(
        Place.PERSON,
        "certificates/issuing/_of_person.html",
        lambda person: list(Certificate.objects.of(person).held().without_bytes().select_related("registration__run")),
    )
    register(Place.PERSON, "certificates/issuing/_record_of_person.html", issuing.whose_record_there_is)
    people.find_by_number(_person_of)
    register(
        Place.MY_TRAININGS,
        "certificates/issuing/_own.html",
        lambda person: list(Certificate.objects.of(person).valid().with_file().without_bytes()),
    )
    register(
        Place.MY_DATA, "certificates/issuing/_my_data.html", lambda person: list(issuing.certificates_of(person)[:1])
    )
    people.register_holdings(
        parts=[
            people.Part(
                "certificates",
                _("Teilnahmebescheinigungen"),
                Certificate,
                ("registration__person",),
                # The file is downloaded for itself; the others only help to print and to check it.
                frozenset({"pdf", "surname_key", "leased_until", "attempts"}),
            )
        ],
        traces=[
            people.Trace(Certificate, "issued_by", "issued_at"),
            people.Trace(Certificate, "ended_by", "issued_at"),
            people.Trace(Wording, "saved_by", "saved_at"),
        ],
    )


def _on_printing(name: str) -> str:
    """What whoever gives the name can do about letters the paper lacks."""
    missing = "" if name.isascii() else paper.unprintable(name)
    if not missing:
        return ""
    text = _(
        "Diese Zeichen kann die Teilnahmebescheinigung nicht drucken: %(characters)s. Bitte geben Sie den Namen in "
        "lateinischer Umschrift an, zum Beispiel wie im Ausweis, oder sprechen Sie die Koordination an: %(contact)s"
    )
    return text % {"characters": " ".join(missing[:10]), "contact": settings.CONTACT_EMAIL}


def _person_of(number: str) -> Iterable[int]:
    """Whose certificate has the number. A word without a digit is none, and need not be looked for among all."""
    if not any(char.isdigit() for char in number):
        return []
    return Certificate.objects.filter(number__iexact=number).values_list("registration__person", flat=True)


def _offer(number: int) -> str:
    text = ngettext("%(number)d Bescheinigung ausstellen", "%(number)d Bescheinigungen ausstellen", number)
    return text % {"number": number}

"""Who may decide whether a person takes part? Somebody else: a supervisor, a contact of the agency, a coordinator."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.addresses import normalised, validate_address
from accounts.models import Agency, User
from trainings.models import Registration
from trainings.refusals import Reason, Refused


def contacts_of(agency: Agency | None) -> list[User]:
    """Who speaks for the agency."""
    return list(User.objects.contacts_of(agency).order_by("pk")) if agency else []


def deciding_contacts(registration: Registration) -> list[User]:
    """The agency's contacts who may decide here: not the person themselves."""
    return [one for one in contacts_of(registration.agency) if not registration.person.reads(one.email)]


def unfit_supervisor(person: User, email: str) -> Reason | None:
    """Why that address cannot decide about the person: it must be of the agency's domains or one of its contacts."""
    email = normalised(email)
    try:
        validate_address(email)
    except ValidationError:
        return _about_supervisor(_("Bitte geben Sie eine gültige E-Mail-Adresse an."))
    if person.reads(email):
        return _about_supervisor(_("Bitte geben Sie die Adresse Ihrer vorgesetzten Person an, nicht Ihre eigene."))
    if person.agency is None:
        return _about_supervisor(_("Ihre Behörde ist noch nicht geklärt. Bitte lassen Sie das Feld leer."))
    of_domain = Agency.objects.for_email(email)
    if of_domain is not None and of_domain.pk == person.agency_id:
        if not User.objects.filter(email=email, is_active=False).exists():
            return None
        return _about_supervisor(_("Das Konto mit dieser Adresse ist nicht mehr aktiv. Bitte nennen Sie eine andere."))
    if User.objects.contacts_of(person.agency).filter(email=email).exists():
        return None
    return _about_supervisor(
        _("Diese Adresse gehört nicht zu %(agency)s. Bitte geben Sie eine dienstliche Adresse an.")
        % {"agency": person.agency_name},
    )


def _about_supervisor(text: str) -> Reason:
    return Reason("supervisor", text, field="supervisor_email")


def must_be_somebody_else(registration: Registration, email: str) -> None:
    """Raises Refused for whoever reads mail to that address if that is the person registered."""
    if email and registration.person.reads(email):
        raise Refused(
            Reason("own", _("Über die eigene Anmeldung entscheidet niemand selbst, sondern immer jemand anderes."))
        )

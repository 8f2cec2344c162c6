"""What may be changed of an agency: its names, its mail domains, and who speaks for it?"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts import affiliation, people
from accounts.addresses import normalised_domain
from accounts.models import Agency, AgencyMailDomain, User
from trainings import booking, mails
from trainings.acts import Act
from trainings.mails import Occasion, Who
from trainings.planning import master_data
from trainings.refusals import Reason, Refused


def save_agency(agency: Agency, values: Mapping[str, Any], act: Act) -> Agency:
    """A new agency or a change; ``mail_domains`` is a collection of texts. Raises Refused."""
    with master_data.recorded(agency, act) as (agency, act):
        master_data.write(agency, {name: value for name, value in values.items() if name != "mail_domains"})
        if "mail_domains" in values:
            _give_domains(agency, values["mail_domains"])
    return agency


def _give_domains(agency: Agency, domains: Iterable[str]) -> None:
    chosen = {normalised_domain(domain.strip().removeprefix("@")) for domain in domains} - {""}
    for domain in sorted(chosen):
        try:
            AgencyMailDomain._meta.get_field("domain").run_validators(domain)
        except ValidationError as invalid:
            raise Refused(Reason("domain", f"„{domain}“: {' '.join(invalid.messages)}", "mail_domains")) from None
    for taken in AgencyMailDomain.objects.filter(domain__in=chosen).exclude(agency=agency).select_related("agency"):
        text = _("„%(domain)s“ gehört bereits zu %(agency)s.") % {"domain": taken.domain, "agency": taken.agency}
        raise Refused(Reason("domain_taken", text, "mail_domains"))
    agency.mail_domains.exclude(domain__in=chosen).delete()
    kept = set(agency.mail_domains.values_list("domain", flat=True))
    AgencyMailDomain.objects.bulk_create(
        [AgencyMailDomain(agency=agency, domain=domain) for domain in sorted(chosen - kept)]
    )


def appoint_contact(agency: Agency, person: User, act: Act, *, of_another: bool = False) -> User:
    """The person speaks for the agency from now on; raises Refused for whom that cannot be.

    A contact of another agency speaks for this one as well. Anybody else of another agency only if ``of_another`` says
    that this is meant; for their own they do not speak then.
    """
    with master_data.recorded(agency, act) as (agency, act):
        person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
        if reason := _against_appointing(agency, person, of_another):
            raise Refused(reason)
        if person.agency_id is None:
            person = affiliation.settle(person, agency, by=act.user)
        return people.appoint_contact(person, agency, by=act.by, reason=act.reason)


def _against_appointing(agency: Agency, person: User, of_another: bool) -> Reason | None:
    if not person.is_active:
        return Reason("contact", _("Dieses Konto ist nicht mehr aktiv."), "email")
    if person.is_coordinator:
        text = _("Diese Person gehört zur Koordination und sieht ohnehin alles.")
        return Reason("contact", text, "email")
    if person.is_agency_contact or person.agency_id in {None, agency.pk} or of_another:
        return None
    text = _("Diese Person gehört zu %(agency)s. Bitte bestätigen Sie, dass sie für %(this)s sprechen soll.")
    return Reason("of_another", text % {"agency": person.agency, "this": agency}, "of_another")


def dismiss_contact(agency: Agency, person: User, act: Act) -> User:
    """The person no longer speaks for the agency; for others they still do. Raises Refused."""
    with master_data.recorded(agency, act) as (agency, act):
        contacts = master_data.contacts_of(agency)
        person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
        if not contacts.filter(pk=person.pk).exists():
            raise Refused(Reason("no_contact", _("Diese Person ist keine Ansprechperson dieser Behörde.")))
        return people.dismiss_contact(person, agency, by=act.by, reason=act.reason)


def tell_new_contact(person: User, old: Mapping[str, Any]) -> None:
    """Follows whenever a person changes: who speaks for an agency now hears of it."""
    if "contact_of" in old:
        for agency in person.spoken_for().exclude(pk__in=[one.pk for one in old["contact_of"]]):
            mails.tell_person(Occasion.CONTACT_APPOINTED, Who.CONTACT, person, details={"agency": agency.pk})


def end_contact_duty(person: User, old: Mapping[str, Any]) -> None:
    """Follows whenever a person changes: for each agency they no longer speak for, the duties pass to somebody else."""
    if "contact_of" not in old:
        return
    for agency in old["contact_of"]:
        if not person.speaks_for(agency.pk):
            others = master_data.contacts_of(agency).exclude(pk=person.pk).order_by("pk")
            booking.hand_over_held_places(person, others.first(), agency=agency)
    if not person.is_agency_contact:  # what they had from a time at yet another agency
        booking.hand_over_held_places(person, None)

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


def appoint_contact(agency: Agency, person: User, act: Act) -> User:
    """The person speaks for the agency from now on; raises Refused for whom that cannot be."""
    with master_data.recorded(agency, act) as (agency, act):
        person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
        if reason := _against_appointing(agency, person):
            raise Refused(Reason("contact", reason, "email"))
        if person.agency_id is None:
            person = affiliation.settle(person, agency, by=act.user)
        return people.change(person, {"role": User.Role.AGENCY_CONTACT}, by=act.by, reason=act.reason)


def _against_appointing(agency: Agency, person: User) -> str:
    if not person.is_active:
        return _("Dieses Konto ist nicht mehr aktiv.")
    if person.is_coordinator:
        return _("Diese Person gehört zur Koordination und sieht ohnehin alles.")
    if person.agency_id not in {None, agency.pk}:
        return _("Diese Person gehört zu %(agency)s.") % {"agency": person.agency}
    return ""


def dismiss_contact(agency: Agency, person: User, act: Act) -> User:
    """The person no longer speaks for the agency. Raises Refused."""
    with master_data.recorded(agency, act) as (agency, act):
        contacts = master_data.contacts_of(agency)
        person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
        if not contacts.filter(pk=person.pk).exists():
            raise Refused(Reason("no_contact", _("Diese Person ist keine Ansprechperson dieser Behörde.")))
        return people.change(person, {"role": User.Role.PARTICIPANT}, by=act.by, reason=act.reason)


def tell_new_contact(person: User, old: Mapping[str, Any]) -> None:
    """Follows whenever a person changes: who speaks for an agency now hears of it."""
    if "role" in old and person.is_agency_contact:
        mails.tell_person(Occasion.CONTACT_APPOINTED, Who.CONTACT, person)


def end_contact_duty(person: User, old: Mapping[str, Any]) -> None:
    """Follows whenever a person changes: with the role, the agency or the account the duties pass to somebody else."""
    before = old.get("role", person.role)
    if before != User.Role.AGENCY_CONTACT or not old.keys() & {"role", "agency", "is_active"}:
        return
    agency = old.get("agency", person.agency)
    others = master_data.contacts_of(agency).exclude(pk=person.pk).order_by("pk") if agency else User.objects.none()
    booking.hand_over_held_places(person, others.first())

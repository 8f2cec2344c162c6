"""Does no agency get a mail domain under which anybody may have an address, whichever way it comes in?"""

import pytest
from django.core.exceptions import ValidationError

from accounts.mail_domains import must_be_of_one_agency
from accounts.models import Agency, AgencyMailDomain
from accounts.tables import read_table
from tests import builders
from trainings import planning
from trainings.acts import Act
from trainings.planning import AgencyResource
from trainings.refusals import Refused

PROVIDERS = ["gmail.com", "googlemail.com", "web.de", "gmx.de", "t-online.de", "freenet.de", "posteo.de", "mailbox.org"]
PROVIDERS += ["outlook.com", "icloud.com", "proton.me", "tuta.com", "vodafonemail.de", "magenta.de", "mail.gmx.de"]
SUFFIXES = ["co.uk", "com.de", "github.io", "blogspot.com", "xn--p1ai", "gov.uk"]
AGENCIES = ["kreis-myk.de", "bund.de", "rlp.de", "mayen.example", "caritas.de", "xn--mnchen-3ya.de", "name.github.io"]


@pytest.mark.parametrize("domain", [*PROVIDERS, *SUFFIXES, "GMX.de", "ｇｍａｉｌ.com"])
def test_refused(domain):
    with pytest.raises(ValidationError):
        must_be_of_one_agency(domain)


@pytest.mark.parametrize("domain", AGENCIES)
def test_an_agencys(domain):
    must_be_of_one_agency(domain)


def test_the_operator_knows_better_than_the_lists(settings):
    settings.AGENCY_DOMAINS_ALLOWED = ["Berlin.de"]
    must_be_of_one_agency("berlin.de")
    with pytest.raises(ValidationError):
        must_be_of_one_agency("web.de")


@pytest.mark.django_db
@pytest.mark.parametrize("domain", ["web.de", "@GMX.de", "co.uk"])
def test_no_way_in(signed_in, coordinator, domain):
    agency = builders.build_agency("Stadtverwaltung Mayen", "mayen.example")
    with pytest.raises(Refused):
        planning.save_agency(agency, {"mail_domains": [domain]}, Act(coordinator))
    table = read_table(f"Name;Kurzname;Art;E-Mail-Domains\nNeu;Neu;Sonstige;{domain}\n".encode())
    [(_row, heading, message)] = AgencyResource().import_data(table).problems
    assert (heading, "Anbieter" in message or "Endung" in message) == ("E-Mail-Domains", True)
    page, client = f"/koordination/stammdaten/behoerden/{agency.pk}/", signed_in(coordinator)
    form = client.get(page).context["form"]
    typed = {field.html_name: field.value() or "" for field in form} | {"mail_domains": domain}
    [error] = client.post(page, typed).context["form"].errors["mail_domains"]
    assert "Anbieter" in error or "Endung" in error
    with pytest.raises(ValidationError):
        AgencyMailDomain(agency=agency, domain=domain.lower().removeprefix("@")).full_clean()
    assert [found.domain for found in AgencyMailDomain.objects.filter(agency=agency)] == ["mayen.example"]


@pytest.mark.django_db
def test_a_domain_of_any_alphabet_is_stored_as_addresses_are(coordinator):
    agency = builders.build_agency("Stadtverwaltung Mayen", "mayen.example")
    planning.save_agency(
        agency, {"mail_domains": ["@Bücher.example", "xn--bcher-kva.EXAMPLE", "пример.рф"]}, Act(coordinator)
    )
    stored = sorted(found.domain for found in AgencyMailDomain.objects.filter(agency=agency))
    assert stored == ["xn--bcher-kva.example", "xn--e1afmkfd.xn--p1ai"]
    assert Agency.objects.for_email("x@post.bücher.example") == agency

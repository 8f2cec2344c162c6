"""What do pages of other apps show of certificates? Templates know certificates, the code below does not."""

from django import template

from accounts.models import User
from certificates import issuing
from certificates.models import Certificate

register = template.Library()


@register.inclusion_tag("certificates/issuing/_own.html")
def own_certificates(person: User) -> dict[str, object]:
    """The person's valid certificates that are ready to be fetched, newest first; one query, without the PDF files."""
    return {"certificates": Certificate.objects.of(person).valid().with_file().without_bytes()}


@register.simple_tag
def outdated_certificates() -> list[Certificate]:
    """Those whose attendance was corrected after they were issued."""
    return issuing.outdated()


@register.simple_tag
def unprintable_certificates() -> list[Certificate]:
    """Those whose PDF could not be made."""
    failed = Certificate.objects.failed().without_bytes()
    return list(failed.select_related("registration__person", "registration__run__course"))

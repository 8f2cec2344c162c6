"""When are two email addresses one address, one mailbox, one person?

``normalised`` is the one form in which addresses are stored and compared; ``User.email`` and ``AddressField`` call it,
so that pages, tables, commands and look-ups agree. Why this form: docs/decisions/0022-addresses-and-limits.md.
"""

import re
import unicodedata
from typing import TYPE_CHECKING, Any

import idna
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Concat, StrIndex, Substr
from django.db.models.lookups import GreaterThan, LessThan
from django.utils.deconstruct import deconstructible

# Of people nobody knows the address of yet: their row needs one, and nobody has one of these (RFC 2606). No mail goes
# there, nobody signs in with it, and pages show none. docs/decisions/0028-people-without-an-address.md
NO_ADDRESS_DOMAIN = "no-address.example"

MAX_LENGTH = 254  # RFC 5321 allows no longer path, so no longer address
# Beside format characters (zero-width and direction marks, soft hyphen): variation selectors and fillers. Nobody sees
# them, and no mailbox has them in its name.
_UNSEEN = re.compile(r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]")
_QUOTED = re.compile(r'"([a-z0-9!#$%&\'*+/=?^_`{|}~.-]+)"')


def normalised(email: str) -> str:
    """As addresses are stored and compared: NFKC, nothing invisible, in lower case, the domain as in ASCII."""
    local, at, domain = _seen(email).rpartition("@")
    if not at:
        return domain
    quoted = _QUOTED.fullmatch(local)  # "anna"@… is another way to write anna@… (RFC 5321, 4.1.2)
    return f"{quoted[1] if quoted else local}@{normalised_domain(domain)}"


def normalised_domain(domain: str) -> str:
    """As domains are stored and compared: IDNA 2008 with the mapping of UTS 46, as browsers and mail servers have it.

    What is no domain comes back in lower case, for a validator to refuse.
    """
    domain = _seen(domain).strip(".")
    if domain.isascii() and "xn--" not in domain:
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return domain


def _seen(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFKC", _UNSEEN.sub("", text).lower()).strip()


def mailbox(email: str) -> str:
    """The mailbox behind the address: what follows a plus sign is the addressee's own business (RFC 5233).

    ``MAILBOX`` says the same in SQL.
    """
    local, at, domain = normalised(email).rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"


_AT, _PLUS = StrIndex(F("email"), Value("@")), StrIndex(F("email"), Value("+"))
MAILBOX = Case(
    When(
        Q(GreaterThan(_PLUS, Value(1))) & Q(LessThan(_PLUS, _AT)),
        then=Concat(Substr(F("email"), 1, _PLUS - Value(1)), Substr(F("email"), _AT)),
    ),
    default=F("email"),
    output_field=models.CharField(max_length=MAX_LENGTH),
)


def stands_for_none(email: str) -> bool:
    """Whether it only takes the place of an address."""
    return email.endswith(f"@{NO_ADDRESS_DOMAIN}")


def is_same_person(one: str, other: str) -> bool:
    """Whether both are surely read by one person: the same name before the @, in one domain or a part of it."""
    name, _at, domain = mailbox(one).rpartition("@")
    other_name, _at, other_domain = mailbox(other).rpartition("@")
    return name == other_name and (
        domain == other_domain or domain.endswith(f".{other_domain}") or other_domain.endswith(f".{domain}")
    )


@deconstructible
class AddressValidator(EmailValidator):
    """Django's, without quoted names and numbers for domains: nobody has them, and they spell one mailbox many ways."""

    def __call__(self, value: str | None) -> None:
        super().__call__("" if value and set(value) & set('"[]') else value)


validate_address = AddressValidator()


class AddressField(forms.EmailField):
    """What people type or paste as an address, ``normalised`` before it is looked at."""

    default_validators = [validate_address]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": MAX_LENGTH, **kwargs})
        self.widget.attrs.pop("maxlength", None)  # what is too long is said, not cut

    def to_python(self, value: Any) -> str:
        return normalised(str(value)) if value not in self.empty_values else ""

    def validate(self, value: str) -> None:
        super().validate(value)
        if stands_for_none(value):
            raise ValidationError(validate_address.message, code="invalid")


if TYPE_CHECKING:
    _EmailField = models.EmailField[str, str]
else:
    _EmailField = models.EmailField


class AddressColumn(_EmailField):
    """Stored and looked up as ``normalised``, however it is written down."""

    default_validators = [validate_address]

    def deconstruct(self) -> Any:
        """For migrations it is the column that Django knows."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.EmailField", args, kwargs

    def to_python(self, value: Any) -> Any:
        return normalised(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(self.to_python(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": AddressField, **kwargs})

"""What does a trainer still owe, in a mail that a coordinator sends from their own program?

It names runs, days and pages, and none of those who take part.
"""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from evidence.completeness.nouns import Lack
from trainings.dates import date_short

MOST_NAMED = 8  # in a mail: programs cut addresses of more than 2,000 characters


@dataclass(frozen=True)
class TrainerOwes:
    person: User
    lacks: list[Lack]

    @property
    def mail(self) -> str:
        """The address of a link that opens a mail to the trainer; empty for somebody without an address."""
        if not self.person.has_address:
            return ""
        subject, text = quote(_("Listen Ihrer Schulungen")), quote(self._text(), safe="")
        return f"mailto:{quote(self.person.email, safe='@')}?subject={subject}&body={text}"

    def _text(self) -> str:
        lines = [_("Guten Tag %(name)s,") % {"name": self.person.full_name}, ""]
        lines += [_("für den Nachweis der Förderung fehlt noch:"), ""]
        lines += [_line(lack) for lack in self.lacks[:MOST_NAMED]]
        if len(self.lacks) > MOST_NAMED:
            more = _("und %(number)d weitere: %(page)s")
            page = f"{settings.PUBLIC_URL}{reverse('trainings:teaching')}"
            lines.append(more % {"number": len(self.lacks) - MOST_NAMED, "page": page})
        return "\r\n".join([*lines, "", _("Vielen Dank!")])


def _line(lack: Lack) -> str:
    run = lack.run.number if lack.run else ""
    day = date_short(lack.day) if lack.day else ""
    return f"- {run}, {day}: {lack.text}\r\n  {settings.PUBLIC_URL}{urlsplit(lack.url).path}"

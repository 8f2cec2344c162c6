"""How do templates show somebody's own code, and give a page what it needs to recognise the codes of others?"""

import json

from django import template

from trainings import attendance, personal_codes
from trainings.models import Registration, Session
from trainings.printing import qr_path

register = template.Library()


@register.inclusion_tag("trainings/attendance/_personal_code.html")
def personal_code(registration: Registration) -> dict[str, object]:
    """The QR code and what to type in its place."""
    code = personal_codes.personal_code(registration)
    path, size = qr_path(personal_codes.in_qr_code(code))
    return {"code": personal_codes.grouped(code), "qr_path": path, "qr_size": size}


@register.simple_tag
def codes_to_read(session: Session, registrations: list[Registration]) -> dict[str, object]:
    """For ``static/js/scan.js``."""
    return {
        "alphabet": personal_codes.ALPHABET,
        "length": personal_codes.LENGTH,
        "prefix": personal_codes.PREFIX.strip(),
        "of_run": personal_codes.run_part(session.run_id),
        "by_mark": json.dumps(attendance.codes_of(session, registrations)),
    }

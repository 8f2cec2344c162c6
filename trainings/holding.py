"""May mails leave this site? Not from a copy of its database that somebody has brought up elsewhere, or restored.

Codes to sign in leave all the same: somebody waits for each, and a coordinator needs one to release the rest.
Held are the outbox and the mailbox for bounces, in which the real site reads.
"""

import datetime as dt
import hashlib
import logging
import socket
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import What
from trainings.acts import Act
from trainings.models import DatabaseHome, Message

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Hold:
    """Why mails are held. A coordinator may release them unless a setting holds them."""

    why: str
    since: dt.datetime | None
    number: int
    may_release: bool


def machine() -> str:
    """A key of the installation: of its name (settings.INSTALLATION), else of the machine, whose id is a secret."""
    return hashlib.sha256(f"miko {settings.INSTALLATION or _machine_id()}".encode()).hexdigest()


def _machine_id() -> str:
    try:
        return Path("/etc/machine-id").read_text(encoding="ascii").strip() or socket.gethostname()
    except OSError:
        return socket.gethostname()


def are_held() -> bool:
    """For a worker, before it sends or reads: whether it must not. Notes where it runs.

    A database that has no home yet has it here. The demo writes mails to files and holds none.
    """
    if settings.MAILS_HELD:
        return True
    if settings.DEMO:
        return False
    here = {"public_url": settings.PUBLIC_URL[:200], "machine": machine()}
    seen = {f"seen_{name}": value for name, value in here.items()}
    home, is_new = DatabaseHome.objects.get_or_create(pk=1, defaults={**here, **seen, "seen_at": timezone.now()})
    if not is_new and any(getattr(home, name) != value for name, value in seen.items()):
        DatabaseHome.objects.filter(pk=1).update(**seen, seen_at=timezone.now())
    is_held = any(getattr(home, name) != value for name, value in here.items())
    if is_held and (home.seen_public_url, home.seen_machine) != tuple(seen.values()):
        logger.warning("Mails are held: this database last ran elsewhere. A coordinator releases them on the desk.")
    return is_held


def holds() -> list[Hold]:
    """For the desk: the one hold, or none."""
    found = hold()
    return [found] if found else []


def hold() -> Hold | None:
    """For a page: whether mails are held, as far as a worker has found out."""
    number = Message.objects.filter(status=Message.Status.QUEUED).count
    if settings.MAILS_HELD:
        why = _("Wer die Website betreibt, hält alle E-Mails zurück (MAILS_HELD).")
        return Hold(why, None, number(), may_release=False)
    home = None if settings.DEMO else DatabaseHome.objects.first()
    if home is None or (home.public_url, home.machine) == (home.seen_public_url, home.seen_machine):
        return None
    if not home.machine:
        why = _("Die Datenbank wurde aus einer Sicherung wiederhergestellt.")
    elif home.public_url != home.seen_public_url:
        why = _("Die Datenbank lief zuletzt unter %(former)s und läuft jetzt unter %(present)s.") % {
            "former": home.public_url,
            "present": home.seen_public_url,
        }
    else:
        why = _("Die Datenbank lief zuletzt auf einer anderen Maschine.")
    return Hold(why, home.seen_at, number(), may_release=True)


@transaction.atomic
def release(act: Act) -> bool:
    """Let mails leave from where the database runs now; False where nothing was held. Idempotent."""
    home = DatabaseHome.objects.select_for_update().first()
    if home is None or (home.public_url, home.machine) == (home.seen_public_url, home.seen_machine):
        return False
    changes = {"public_url": [home.public_url, home.seen_public_url]}
    DatabaseHome.objects.filter(pk=home.pk).update(public_url=home.seen_public_url, machine=home.seen_machine)
    audit.record(What.MAILS_RELEASED, by=act.user, changes=changes)
    return True

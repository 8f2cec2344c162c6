"""What is wrong or missing here, all at once, in plain words with what to do? For ``manage.py doctor``.

Each examination looks at one thing and names what it finds; one that breaks is itself a finding. What needs the
database is left out while that cannot be reached: its absence is said once.
"""

import datetime as dt
import os
import smtplib
import stat
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core import checks
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, get_connection
from django.db import Error, connection
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from certificates import paper
from config import health as site_health
from trainings import bounces, health
from trainings.models import PeriodicJob
from trainings.printing import INSTALL_PANGO, missing_packages

SKEW = dt.timedelta(seconds=30)
GUIDE = "docs/operations.md"
# Whoever runs the site for another county must say who they are; a county that is meant by them says so as well.
SOMEBODY_ELSES = {
    "OPERATOR_NAME": "who offers the trainings, on every page and certificate",
    "OPERATOR_UNIT": "the unit or project",
    "OPERATOR_PLACE": "the place on certificates",
    "SITE_NAME": "the name in the header, in mails and calendars",
    "CERTIFICATE_PREFIX": "the first part of the numbers of certificates",
}
RECOMMENDED = {
    "TECHNICAL_CONTACT": "coordinators do not read whom to tell when something stands still",
    "BOUNCE_IMAP_URL": "nobody notices mails that come back, unless a pipe does (read_bounces --stdin)",
    "CLAMD_URL": "nobody looks for viruses in scans that are uploaded",
    "CERTIFICATE_NAME_KEY": "the answer about a surname depends on SECRET_KEY, which must then never change",
    "DEFAULT_FROM_EMAIL": "mails come from CONTACT_EMAIL, and calendars keep that address for ever",
}
INVENTED = (".example", ".invalid", ".test", "example.org", "example.com", "0000 000", "000-000")


@dataclass(frozen=True)
class Ailment:
    """``serious``: something does not work. Else it is to be looked at."""

    what: str
    do: str
    serious: bool = True


Examination = Callable[[], Iterator[Ailment]]


def examine(*, mail_to: str = "") -> list[Ailment]:
    """Everything; with a test mail to ``mail_to`` where there is one."""
    found = [*_seen_by(database), *_seen_by(django_checks)]
    if not any(finding.serious for finding in _seen_by(database)):
        for examination in (tables, people, workers, data, clock, printing):
            found += _seen_by(examination)
    for examination in (names, recommended, mailbox, disk, permissions, static_files):
        found += _seen_by(examination)
    return found + _seen_by(lambda: relay(mail_to))


def _seen_by(examination: Examination) -> list[Ailment]:
    with override("en"):
        try:
            return list(examination())
        except Exception as error:
            name = getattr(examination, "__name__", "an examination")
            return [Ailment(f"The examination „{name}“ broke off: {type(error).__name__}: {_first_line(error)}", GUIDE)]


# --- the database --------------------------------------------------------------------------------


def database() -> Iterator[Ailment]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        yield Ailment(f"The database cannot be reached: {_first_line(error)}", "Check DATABASE_URL and the server.")


def tables() -> Iterator[Ailment]:
    if missing := site_health.unapplied_migrations():
        yield Ailment(f"Migrations are not applied: {', '.join(missing)}.", "manage.py migrate")
    try:
        cache.get("doctor")
    except Error:
        yield Ailment("The table of the cache is missing: nobody can sign in.", "manage.py createcachetable")
    except Exception as error:
        yield Ailment(f"The cache cannot be used: {_first_line(error)}", "Check CACHE_URL.")


def people() -> Iterator[Ailment]:
    number = User.objects.coordinators().count()
    if not number:
        yield Ailment("There is no coordinator.", "manage.py createsuperuser --no-input --email NAME@…")
    elif number == 1:
        yield Ailment("There is one coordinator only.", "A second one, made on the page of people.", serious=False)


def workers() -> Iterator[Ailment]:
    do = "Start manage.py worker (systemctl status miko-worker) and read its log."
    if settings.SITE_READ_ONLY:
        return
    if health.last_beat() is None:
        yield Ailment("No worker has ever run: no mails, no certificates, no deadlines.", do)
        return
    for still in health.standing_still():
        since = f" Since {timezone.localtime(still.since):%Y-%m-%d %H:%M}." if still.since else ""
        yield Ailment(f"{still.what}{since}", do)


def data() -> Iterator[Ailment]:
    for found in health.found_in_data():
        text = f"{found.said} ({found.number}): {found.keys}"
        yield Ailment(text, "manage.py verify_data looks again; compare the rows with a backup.")


def clock() -> Iterator[Ailment]:
    now = timezone.now()
    do = "Have the clock set by a time server: timedatectl set-ntp true"
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            [theirs] = cursor.fetchone()
        if abs(theirs - timezone.now()) > SKEW:
            yield Ailment(f"The database server's clock says {theirs:%H:%M:%S}, this machine's {now:%H:%M:%S} UTC.", do)
    last = PeriodicJob.objects.aggregate(last=Max("done_at"))["last"]
    if last is not None and last > now + SKEW:
        yield Ailment(f"Work was done at {last:%Y-%m-%d %H:%M} UTC, still to come: a clock was ahead.", do)


# --- settings ------------------------------------------------------------------------------------


def django_checks() -> Iterator[Ailment]:
    """Django's own, those of the libraries and ours, as ``check --deploy`` has them."""
    reachable = not any(finding.serious for finding in _seen_by(database))
    databases = ["default"] if reachable else None  # some of Django's ask it
    for message in checks.run_checks(include_deployment_checks=True, databases=databases):
        if not message.is_silenced():
            do = str(message.hint or GUIDE)
            yield Ailment(f"{message.msg} ({message.id})", do, serious=message.level >= checks.ERROR)


def names() -> Iterator[Ailment]:
    for name, what in SOMEBODY_ELSES.items():
        if not _is_set(name):
            value = getattr(settings, name)
            yield Ailment(
                f"{name} is not set, so it says „{value}“: {what}.", f"{name}=…, also if that is right.", serious=False
            )
    for name in ("PUBLIC_URL", "CONTACT_EMAIL", "CONTACT_PHONE", "DEFAULT_FROM_EMAIL"):
        value = str(getattr(settings, name))
        if any(part in value for part in INVENTED):
            yield Ailment(f"{name} is an invented one: {value}", f"{name}=… in the environment or .env")


def recommended() -> Iterator[Ailment]:
    for name, otherwise in RECOMMENDED.items():
        if not _is_set(name):
            yield Ailment(f"{name} is not set: {otherwise}.", GUIDE, serious=False)
    if settings.METRICS_TOKEN and not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        yield Ailment(
            "PROMETHEUS_MULTIPROC_DIR is not set: each web process counts for itself, and the figures jump.",
            "PROMETHEUS_MULTIPROC_DIR=/run/miko/metrics, a folder that is emptied when the web server starts.",
            serious=False,
        )
    if settings.PRODUCTION and not getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        yield Ailment(
            "BEHIND_PROXY is not set: behind a proxy every page redirects for ever, and all people share one address.",
            "BEHIND_PROXY=true where a proxy of yours sets X-Forwarded-Proto and X-Forwarded-For.",
            serious=False,
        )


def _is_set(name: str) -> bool:
    """In the environment or .env, directly or by a file."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


# --- what it needs around it ---------------------------------------------------------------------


def printing() -> Iterator[Ailment]:
    """Tried by printing a sample; that Pango is missing, Django's checks say."""
    if missing_packages():
        return
    words = paper.DEFAULT_WORDING["de"]
    if why := paper.problem_of_sample(paper.INVENTED_FACTS, "de", words):
        yield Ailment(f"No certificate can be printed: {why}", f"Are the fonts there? {INSTALL_PANGO}")
    if finders.find("vendor/fonts/NotoSans-Regular.ttf") is None:
        yield Ailment(
            "The typefaces of the certificates are missing.", "Install the whole release: static/vendor/fonts."
        )


def mailbox() -> Iterator[Ailment]:
    if not settings.BOUNCE_IMAP_URL:
        return
    try:
        bounces.try_mailbox()
    except (bounces.MailboxUnavailable, ImproperlyConfigured) as error:
        yield Ailment(f"The mailbox for mails that come back cannot be read: {error}", "Check BOUNCE_IMAP_URL.")


def relay(mail_to: str) -> Iterator[Ailment]:
    """Connects and signs in, and sends one mail where somebody asks for it."""
    do = "Check EMAIL_URL, and whether the mail server takes mails from this machine."
    try:
        server = get_connection()
        server.open()
        try:
            if mail_to:
                text = f"This mail was sent by „manage.py doctor“ of {settings.PUBLIC_URL}.\n"
                EmailMessage(f"{settings.SITE_NAME}: test", text, to=[mail_to], connection=server).send()
        finally:
            server.close()
    except (OSError, smtplib.SMTPException) as error:
        yield Ailment(f"The mail server takes no mails: {type(error).__name__}: {_first_line(error)}", do)


def disk() -> Iterator[Ailment]:
    for room in health.short_of_room():
        yield Ailment(f"{room.free // 1024**2} MB are left at {room.folder}.", "Make room, or take a larger disk.")


def permissions() -> Iterator[Ailment]:
    file = settings.BASE_DIR / ".env"
    if file.is_file() and file.stat().st_mode & (stat.S_IRWXO | stat.S_IWGRP):
        yield Ailment(f"{file} holds secrets, and others may read or change it.", f"chmod 600 {file}")
    written = [Path(tempfile.gettempdir())]
    if connection.vendor == "sqlite":
        written += [Path(str(connection.settings_dict["NAME"])), Path(str(connection.settings_dict["NAME"])).parent]
    if not settings.PRODUCTION:
        written.append(settings.VAR_DIR)
    for place in written:
        if place.exists() and not os.access(place, os.W_OK):
            yield Ailment(f"{place} cannot be written to by this user.", "Give it to the user of web and worker.")


def static_files() -> Iterator[Ailment]:
    """In production pages are answered by 500 where the list of collected files is missing or cannot be read."""
    if not settings.PRODUCTION:
        return
    listed = Path(str(settings.STATIC_ROOT)) / "staticfiles.json"
    do = "manage.py collectstatic --no-input, by the user who owns the folder"
    if not listed.is_file():
        yield Ailment(f"Style sheets and scripts have not been collected: {listed} is missing.", do)
    elif not os.access(listed, os.R_OK):
        yield Ailment(f"{listed} cannot be read by this user.", do)


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]

"""How does a certificate end? Revoked, or replaced by a new one from present data; for a reason, and never undone.

The old code says so for ever. Everything happens under the lock of the run, as issuing does, so that of two
coordinators the second is refused with words.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import people
from accounts.models import User
from certificates.issuing import issuing
from certificates.mails import CertificateOccasion
from certificates.models import Certificate
from trainings import dates, mails
from trainings.acts import Act
from trainings.models import CourseRun
from trainings.refusals import Reason, Refused


@dataclass(frozen=True)
class Name:
    """A name as it is printed: title, first name, surname."""

    title: str
    first_name: str
    last_name: str


@transaction.atomic
def revoke(certificate: Certificate, act: Act) -> Certificate:
    """End the certificate without a replacement. Raises Refused."""
    issuing.locked_with_facts(certificate.registration.run_id)
    act, at = act.begin()
    [held] = _valid([certificate])
    held.revoked_at, held.ended_by, held.ending_reason = at, act.by, _required(act.reason)
    held.save(update_fields=["revoked_at", "ended_by", "ending_reason"])
    if held.is_ready:
        _tell(CertificateOccasion.CERTIFICATE_REVOKED, held, reason=held.ending_reason)
    return held


@transaction.atomic
def replace(certificate: Certificate, act: Act) -> Certificate:
    """A new certificate, with its own number and code, from the data as they are now. Raises Refused."""
    run = issuing.locked_with_facts(certificate.registration.run_id)
    [held] = _valid([certificate])
    return _replace(held, run, act, reason=_required(act.reason))


@transaction.atomic
def correct_name(person: User, name: Name, act: Act, *, certificates: Iterable[Certificate]) -> list[Certificate]:
    """Change the name and replace these certificates of the person, all or nothing. Raises Refused."""
    chosen = sorted(certificates, key=lambda certificate: certificate.pk)
    runs = {pk: issuing.locked_with_facts(pk) for pk in sorted({one.registration.run_id for one in chosen})}
    # Not the key: a worker that tells this person of a certificate refers to it while it holds the certificate's lock.
    before = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not chosen and name == Name(before.title, before.first_name, before.last_name):
        raise _refused(
            "nothing_new", _("Der Name ist schon so geschrieben, und es ist keine Bescheinigung ausgewählt.")
        )
    held = _valid(chosen)
    reason = _("Name berichtigt")
    values = {"title": name.title, "first_name": name.first_name, "last_name": name.last_name}
    people.change(before, values, by=act.by, reason=act.reason or reason)
    act, _at = act.begin()
    return [_replace(one, runs[one.registration.run_id], act, reason=reason) for one in held]


def _valid(certificates: list[Certificate]) -> list[Certificate]:
    """Reload the rows, locked in the order of their keys; the caller holds the locks of their runs."""
    rows = Certificate.objects.select_for_update(of=("self",)).select_related("registration__person")
    keys = [certificate.pk for certificate in certificates]
    held = list(rows.without_bytes().filter(pk__in=keys).order_by("pk"))
    for certificate in held:
        if certificate.revoked_at is not None:
            raise _refused(
                "revoked",
                _("%(number)s ist bereits widerrufen, am %(day)s.")
                % {"number": certificate.number, "day": dates.date_short(certificate.revoked_at)},
            )
        if certificate.replaced_at is not None:
            raise _refused(
                "replaced",
                _("%(number)s ist bereits ersetzt, am %(day)s.")
                % {"number": certificate.number, "day": dates.date_short(certificate.replaced_at)},
            )
    return held


def _replace(held: Certificate, run: CourseRun, act: Act, *, reason: str) -> Certificate:
    """The rows of run and certificate are locked."""
    if held.erased_at is not None:
        raise _refused(
            "erased",
            _("%(number)s kann nicht ersetzt werden: Die Angaben zur Person sind gelöscht.") % {"number": held.number},
        )
    assessment = next((one for one in issuing.assess(run) if one.registration.pk == held.registration_id), None)
    if assessment is None or run.is_cancelled:
        raise _refused(
            "no_place",
            _("%(number)s kann nicht ersetzt werden: Die Person hat keinen bestätigten Platz mehr.")
            % {"number": held.number},
        )
    if assessment.missing or not assessment.minutes_attended or (assessment.is_below and not held.override_reason):
        raise _refused(
            "too_little",
            _("%(number)s kann nicht ersetzt werden. %(why)s Sie können die Bescheinigung widerrufen.")
            % {"number": held.number, "why": _shortfall(assessment)},
        )
    [created] = issuing.create(run, [assessment], act, reason=reason)
    if held.is_ready:
        _tell(CertificateOccasion.CERTIFICATE_REPLACED, held, reason=reason, new_number=created.number)
    return created


def _shortfall(assessment: issuing.Assessment) -> str:
    if assessment.missing:
        days = ", ".join(dates.date_short(session.starts_at) for session in assessment.missing)
        return _("Anwesenheit nicht erfasst: %(days)s.") % {"days": days}
    return assessment.shortfall


def _refused(code: str, text: str) -> Refused:
    return Refused(Reason(code, text))


def _required(reason: str) -> str:
    if not reason.strip():
        raise _refused("no_reason", _("Bitte nennen Sie den Grund."))
    return reason.strip()[:500]


def _tell(occasion: CertificateOccasion, certificate: Certificate, **more: str) -> None:
    mails.tell(occasion, certificate.registration, details={"number": certificate.number, **more})

"""How do courses, venues, grants, agencies and agreements change? Each in an operation of its own, recorded here.

The row is read before and after under its lock; the difference is the entry of its history.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from accounts.models import Agency, AgencyMailDomain, User
from trainings.acts import Act
from trainings.history import plain
from trainings.models import (
    Agreement,
    Course,
    CourseTargetGroup,
    Funding,
    HeldPlace,
    MasterDataEvent,
    Registration,
    RegistrationQuerySet,
    Venue,
)
from trainings.refusals import Reason, Refused

MasterData = Course | Venue | Funding | Agency | Agreement
Row = TypeVar("Row", Course, Venue, Funding, Agency, Agreement)
What = MasterDataEvent.What
MODELS: tuple[type[models.Model], ...] = (Course, Venue, Funding, Agency, Agreement)

# Rows that are a part of the row, and go with it.
_PARTS = {CourseTargetGroup, AgencyMailDomain}
# Of a file its SHA-256 is the fact.
_NOT_A_FACT = {"id", "changed_at", "content", "content_type", "size"}


def _of_course(course: Course) -> dict[str, Any]:
    return {
        "prerequisites": [str(one) for one in course.prerequisites.order_by("number")],
        "target_groups": list(course.target_groups),
    }


def _of_agency(agency: Agency) -> dict[str, Any]:
    return {
        "mail_domains": list(agency.mail_domains.values_list("domain", flat=True)),
        "contacts": list(contacts_of(agency).order_by("pk").values_list("pk", flat=True)),
    }


# Facts beyond the columns of a row. People by their keys: what is erased of them is erased here, too.
_FURTHER: dict[type[models.Model], Callable[[Any], dict[str, Any]]] = {Course: _of_course, Agency: _of_agency}


def contacts_of(agency: Agency) -> models.QuerySet[User]:
    return User.objects.contacts_of(agency)


@contextmanager
def recorded(row: Row, act: Act) -> Iterator[tuple[Row, Act]]:
    """Lock the row, unless it is new, and note afterwards what has changed; raises Refused.

    Yields the row as the database has it, and the act with its time. Without a person it is the operator's console.
    """
    if act.by is not None and not act.is_by_coordinator:
        raise Refused(Reason("coordinator", _("Das kann nur die Koordination.")))
    with transaction.atomic():
        act, _at = act.begin()
        is_new = row.pk is None
        before: dict[str, Any] = {}
        if not is_new:
            row = type(row)._default_manager.select_for_update(no_key=True).get(pk=row.pk)
            before = facts_of(row)
        yield row, act
        after: dict[str, Any] = facts_of(row)
        changes = [
            {"field": name, "old": before.get(name), "new": after.get(name)}
            for name in dict.fromkeys([*before, *after])
            if before.get(name) != after.get(name) and not (is_new and after[name] in ("", None, [], False))
        ]
        if changes:
            note(row, act, What.CREATED if is_new else What.CHANGED, changes)


def facts_of(row: MasterData) -> dict[str, Any]:
    """What the database says of the row and what belongs to it, as plain JSON values."""
    row = type(row)._default_manager.get(pk=row.pk)
    facts = {one.name: plain(one, row) for one in row._meta.concrete_fields if one.name not in _NOT_A_FACT}
    further = _FURTHER.get(type(row))
    return facts | (further(row) if further else {})


def note(row: MasterData, act: Act, what: What, changes: list[dict[str, Any]]) -> None:
    act, at = act.begin()
    MasterDataEvent.objects.create(
        of=str(row._meta.model_name),
        key=row.pk,
        name=str(row)[:300],
        what=what,
        changes=changes,
        actor=act.by,
        channel=act.channel,
        overrides=act.overrides,
        reason=act.reason.strip(),
        at=at,
    )


def forget_history(before: dt.datetime, agreements: Collection[int]) -> int:
    """Empty what was said of changes made before, and of all of these agreements: reasons, old and new values.

    For retention alone.
    """
    of_agreements = models.Q(of=MasterDataEvent.Of.AGREEMENT, key__in=agreements)
    return MasterDataEvent.objects.filter(models.Q(at__lt=before) | of_agreements).forget()


def write(row: MasterData, values: Mapping[str, Any]) -> None:
    """Set columns of the row; raises Refused for what cannot be. What is not in ``values`` is left alone."""
    for name, value in values.items():
        setattr(row, name, value)
    is_new = row.pk is None
    others = set() if is_new else {one.name for one in row._meta.fields} - values.keys()
    try:
        row.clean_fields(exclude=others)
        row.clean()
        row.validate_unique(exclude=others)
        row.validate_constraints()
    except ValidationError as invalid:
        raise _refused(invalid) from None
    moment = ["changed_at"] if any(one.name == "changed_at" for one in row._meta.fields) else []
    try:
        with transaction.atomic():
            row.save(force_insert=is_new, update_fields=None if is_new else [*values, *moment])
    except IntegrityError:  # somebody was quicker
        raise Refused(Reason("taken", _("Das gibt es inzwischen schon."))) from None


def _refused(invalid: ValidationError) -> Refused:
    return Refused(
        *(
            Reason("invalid", " ".join(texts), "" if name == NON_FIELD_ERRORS else name)
            for name, texts in invalid.message_dict.items()
        )
    )


def remove(row: MasterData, act: Act) -> None:
    """Delete what nothing hangs on; raises Refused and says what does."""
    if not act.is_by_coordinator:
        raise Refused(Reason("coordinator", _("Das kann nur die Koordination.")))
    with transaction.atomic():
        row = type(row)._default_manager.select_for_update().get(pk=row.pk)
        if found := hangs_on(row):
            text = _("Das lässt sich nicht löschen. Es hängt daran: %(found)s.")
            raise Refused(Reason("in_use", text % {"found": ", ".join(found)}))
        note(row, act, What.DELETED, [])
        row.delete()


def _under(agreement: Agreement) -> models.Q:
    """Of rows of an agency in a run: the run begins while the agreement is in force."""
    begun = models.Q(agency=agreement.agency_id, run__starts_at__date__gte=agreement.starts_on)
    return begun if agreement.ends_on is None else begun & models.Q(run__starts_at__date__lte=agreement.ends_on)


def people_under(agreement: Agreement) -> RegistrationQuerySet:
    """Whom the agency has sent, or will send, to runs that begin while the agreement is in force."""
    return Registration.objects.filter(_under(agreement))


def hangs_on(row: MasterData) -> list[str]:
    """What refers to the row, in words, whichever app it belongs to."""
    if isinstance(row, Agreement):
        found = {
            _("Anmeldungen"): people_under(row),
            _("gehaltene Plätze"): HeldPlace.objects.open().filter(_under(row)),
        }
        return [name for name, rows in found.items() if rows.exists()]
    relations = [one for one in row._meta.related_objects if one.related_model not in _PARTS]
    return [
        str(one.related_model._meta.verbose_name_plural)
        for one in relations
        if one.related_model._default_manager.filter(**{one.field.name: row}).exists()
    ]

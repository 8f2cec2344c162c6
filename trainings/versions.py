"""Which version of some words holds, and how is the next one saved? For mails and certificates alike."""

from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts import audit
from trainings.acts import Act
from trainings.models import Version

V = TypeVar("V", bound=Version)


class Outdated(Exception):
    """Somebody else has saved a version in the meantime: ``latest``."""

    def __init__(self, latest: Any) -> None:
        super().__init__(str(latest))
        self.latest = latest


def history(version: V) -> QuerySet[V]:
    """All versions of the same, the newest first, with who saved them."""
    rows: QuerySet[V] = type(version)._default_manager.filter(**version.of)
    return rows.select_related("saved_by").order_by("-version")


def current(first: V) -> V:
    """The newest version of the same; ``first``, which is not stored, if there is none."""
    rows: QuerySet[V] = type(first)._default_manager.filter(**first.of)
    return rows.order_by("-version").first() or first


@transaction.atomic
def save(new: V, act: Act, *, first: V, based_on: int) -> V | None:
    """Keep the words as a new version; None if they are those of the current one. Raises Outdated.

    ``first`` are the words to begin with, ``based_on`` is the version that the new ones were made from. Who saves at
    the same moment waits for the first row, whose lock stands for all; before there is any, the constraint lets one
    of two through.
    """
    list(history(new).order_by("version").select_for_update(of=("self",)).values_list("pk", flat=True)[:1])
    act, at = act.begin()
    present = current(first)
    if based_on != present.version:
        raise Outdated(present)
    if new.words == present.words:
        return None
    new.version, new.saved_by, new.saved_at = present.version + 1, act.user, at
    try:
        with transaction.atomic():
            new.save(force_insert=True)
            about = " ".join([str(new._meta.verbose_name), *map(str, new.of.values()), str(new.version)])
            audit.record(audit.What.SETTINGS_CHANGED, by=act.user, about=about, at=at)
    except IntegrityError:
        raise Outdated(history(new)[0]) from None
    return new

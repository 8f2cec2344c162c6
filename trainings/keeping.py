"""Until when is something of a run kept as evidence? The grant says it: the run's own, else the one of its last day.

Without any grant ``RETENTION_CERTIFICATE_DAYS`` count. Retention of all apps asks here. What an app above has made of
rows, and keeps, may need them longer: it says so when the apps start.
"""

import datetime as dt
from collections.abc import Callable

from django.conf import settings
from django.db.models import DateField, Exists, F, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from trainings.models import Agreement, AgreementQuerySet, CourseRun, CourseRunQuerySet, Funding, Registration


def date_of_grant(run: str = "") -> Coalesce:
    """For rows annotated with ``last_day``, that of the run at the end of the path ``run``; None without any grant."""
    return Coalesce(F(f"{run}funding__keep_evidence_until"), _date_by_day(), output_field=DateField())


def _date_by_day() -> Subquery:
    """That of the grant of the ``last_day``; of several, the last."""
    grants = Funding.objects.filter(starts_on__lte=OuterRef("last_day"), ends_on__gte=OuterRef("last_day"))
    return Subquery(grants.order_by("-keep_evidence_until").values("keep_evidence_until")[:1])


def with_dates(runs: CourseRunQuerySet) -> CourseRunQuerySet:
    """Adds ``last_moment`` (of a run without a session its calling off, or its last change) and ``by_grant``."""
    return runs.annotate(last_moment=Coalesce("ends_at", "cancelled_at", "changed_at")).annotate(
        last_day=TruncDate("last_moment"), by_grant=date_of_grant()
    )


def over(at: dt.datetime, among: CourseRunQuerySet | None = None) -> CourseRunQuerySet:
    """The runs of which nothing need be kept any more, of all or ``among`` some."""
    long_ago = at - dt.timedelta(days=settings.RETENTION_CERTIFICATE_DAYS)
    is_over = Q(by_grant__lt=timezone.localdate(at)) | Q(by_grant=None, last_moment__lt=long_ago)
    if among is None and not _any_may_be_over(at, long_ago):
        return CourseRun.objects.none()  # so that nothing is looked for that belongs to one
    runs = CourseRun.objects.all() if among is None else among
    return with_dates(runs).filter(is_over, Q(last_moment__lt=at))


def _any_may_be_over(at: dt.datetime, long_ago: dt.datetime) -> bool:
    """In the first years none is: no grant is over yet, and no run so long ago."""
    if Funding.objects.filter(keep_evidence_until__lt=timezone.localdate(at)).exists():
        return True
    without_session = Q(ends_at=None) & (Q(cancelled_at__lt=long_ago) | Q(cancelled_at=None, changed_at__lt=long_ago))
    return CourseRun.objects.filter(ends_at__lt=long_ago).exists() or CourseRun.objects.filter(without_session).exists()


def agreements_over(at: dt.datetime) -> AgreementQuerySet:
    """Agreements that have ended of which nothing need be kept any more.

    Each is evidence by the grant of its own last day, and as long as a run is that began while it was in force and
    that the agency has sent somebody to.
    """
    today = timezone.localdate(at)
    long_ago = today - dt.timedelta(days=settings.RETENTION_CERTIFICATE_DAYS)
    ended = (
        Agreement.objects.filter(ends_on__lt=today).annotate(last_day=F("ends_on")).annotate(by_grant=_date_by_day())
    )
    sent = Registration.objects.filter(
        agency=OuterRef("agency"),
        run__starts_at__date__gte=OuterRef("starts_on"),
        run__starts_at__date__lte=OuterRef("ends_on"),
    )
    is_over = Q(by_grant__lt=today) | Q(by_grant=None, ends_on__lt=long_ago)
    return ended.filter(is_over).exclude(Exists(sent.exclude(run__in=over(at).values("pk"))))


def last_date(runs: CourseRunQuerySet) -> dt.date | None:
    """Until when (inclusive) something is kept of the last of these runs; None if there are none."""
    days = dt.timedelta(days=settings.RETENTION_CERTIFICATE_DAYS)
    dates = [run.by_grant or run.last_day + days for run in with_dates(runs)]  # type: ignore[attr-defined]
    return max(dates, default=None)


_NEEDED: dict[type[Model], Callable[[], QuerySet[Model, int]]] = {}


def hold(model: type[Model], needed: Callable[[], QuerySet[Model, int]]) -> None:
    """Rows of a model with these keys keep their bytes whatever their run says: something that is kept needs them."""
    _NEEDED[model] = needed


def held(model: type[Model]) -> Q:
    return Q(pk__in=_NEEDED[model]()) if model in _NEEDED else Q(pk__in=[])

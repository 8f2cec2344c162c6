"""Where is the signed paper, and what did it look like?

A scan is kept privately, byte for byte as it was handed in, with its SHA-256; a list of several pages as several files
in their order. One filed with the wrong session is put with the right one, and the histories of both runs say so.
"""

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from trainings.acts import Act
from trainings.attendance import marks
from trainings.evidence_files import content_type_of, must_be_clean, unfit
from trainings.history import Difference, recorded
from trainings.locking import locked_session
from trainings.models import RunEvent, Session, SessionQuerySet, SheetScan
from trainings.refusals import Reason, Refused

_T = TypeVar("_T")

MAX_PAGES = 20
NEARBY = dt.timedelta(days=62)


def keep_scan(session: Session, content: bytes, act: Act, *, original_at: str) -> SheetScan:
    """A scan of one file, see ``keep_scans``."""
    return keep_scans(session, [content], act, original_at=original_at)[0]


def keep_scans(
    session: Session, contents: Sequence[bytes], act: Act, *, original_at: str, covers_day: bool = False
) -> list[SheetScan]:
    """Keep the pages of a signed list in this order (each PDF, JPEG or PNG by its content, at most 10 MB): all or none.

    ``covers_day``: people signed on them for all sessions of the day. Raises Refused. Not before the scanner has seen
    them, where there is one: without its word nothing is kept.
    """
    if not 0 < len(contents) <= MAX_PAGES:
        raise unfit(_("Bitte wählen Sie höchstens %(most)d Dateien.") % {"most": MAX_PAGES})
    types = [content_type_of(content, place) for place, content in _numbered(contents)]
    for place, content in _numbered(contents):
        must_be_clean(content, place)
    hashes = [hashlib.sha256(content).hexdigest() for content in contents]
    for place, sha256 in _numbered(hashes):
        if hashes.count(sha256) > 1:
            raise unfit(_("Diese Datei haben Sie zweimal gewählt."), place)
    with transaction.atomic():
        session = locked_session(session)
        act, at = act.begin()
        for place, sha256 in _numbered(hashes):
            if SheetScan.objects.of_list(session).filter(sha256=sha256).exists():
                raise unfit(_("Diese Datei ist hier schon abgelegt."), place)
        filing = uuid.uuid4()
        return [
            SheetScan.objects.create(
                session=session,
                content=content,
                content_type=content_type,
                size=len(content),
                sha256=sha256,
                original_at=original_at.strip(),
                uploaded_by=act.user,
                uploaded_at=at,
                filing=filing,
                page=page,
                covers_day=covers_day,
            )
            for page, (content, content_type, sha256) in enumerate(zip(contents, types, hashes, strict=True), start=1)
        ]


def original_last_at(session: Session, act: Act) -> str:
    """Where the originals of this run were put last, else where this person put one last; empty if nowhere."""
    kept = SheetScan.objects.exclude(original_at="").without_bytes().order_by("-uploaded_at", "-pk")
    last = kept.filter(session__run=session.run_id).first() or kept.filter(uploaded_by=act.user).first()
    return last.original_at if last else ""


def sessions_to_refile(scan: SheetScan, sessions: SessionQuerySet) -> list[Session]:
    """Of ``sessions`` (those somebody may record) where the scan may belong: of its run, and around its day."""
    around = scan.session.starts_at
    near = sessions.taking_place().filter(starts_at__lte=scan.uploaded_at + dt.timedelta(days=1))
    near = near.filter(run=scan.session.run_id) | near.filter(
        starts_at__gte=around - NEARBY, starts_at__lte=around + NEARBY
    )
    return list(near.select_related("run__course", "run__venue").order_by("-starts_at", "pk"))


def refile(scan: SheetScan, act: Act, *, session: Session, original_at: str) -> None:
    """Put a scan, with the pages filed together with it, where it belongs, or note where the original is now.

    Its bytes and their SHA-256 stay. Needs a reason, which the history of the run keeps, of both where there are two.
    Raises Refused.
    """
    if not act.has_reason:
        raise Refused(Reason("no_reason", _("Bitte nennen Sie den Grund."), "reason"))
    original_at = original_at.strip()
    runs = {one.run_id: one.run for one in (scan.session, session)}
    with ExitStack() as stack:
        stack.enter_context(transaction.atomic())
        # In the order in which every operation locks several, so that no two wait for each other.
        in_order = sorted(runs.values(), key=lambda run: (run.course_id, run.pk))
        recordings = [stack.enter_context(recorded(run, act, RunEvent.What.REFILED)) for run in in_order]
        if any(recording.run.is_closed for recording in recordings) and not act.is_by_coordinator:
            raise marks.closed()
        pages = list(SheetScan.objects.filed_with(scan).without_bytes().select_related("session__run"))
        hashes = [page.sha256 for page in pages]
        elsewhere = SheetScan.objects.of_list(session).exclude(pk__in=[page.pk for page in pages])
        if elsewhere.filter(sha256__in=hashes).exists():
            raise Refused(Reason("twice", _("Dort ist diese Datei schon abgelegt."), "session"))
        for page in pages:
            for recording in recordings:
                recording.notes += _differences(page, session, original_at)
            page.session, page.original_at = session, original_at
            page.save(update_fields=["session", "original_at"])


def _differences(page: SheetScan, session: Session, original_at: str) -> list[Difference]:
    name = f"scan {page.sha256[:8]}"
    found = []
    if page.session_id != session.pk:
        found.append(Difference(name, _place_of(page.session), _place_of(session)))
    if page.original_at != original_at:
        found.append(Difference(f"original {page.sha256[:8]}", page.original_at, original_at))
    return found


def _place_of(session: Session) -> list[str]:
    return [session.run.number, session.starts_at.isoformat()]


def _numbered(many: Sequence[_T]) -> list[tuple[str, _T]]:
    """With what names each in a sentence: nothing where there is only one."""
    if len(many) == 1:
        return [("", many[0])]
    return [(_("Datei %(number)d: ") % {"number": number}, one) for number, one in enumerate(many, start=1)]

"""How do coordinators get all certificates of a run at once? As a ZIP of the files, and as one PDF to print.

The ZIP holds the stored bytes. The PDF has their pages, one after the other, and is for the printer alone: the tags
that screen readers need, attachments and seals belong to a whole file and do not survive the joining. Links and form
fields are left out, so that no broken seal appears. Of 500 certificates either takes 20 seconds and 70 MB at most.
"""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import cast

from django.utils import timezone
from pypdf import PageObject, PdfReader, PdfWriter

from accounts.models import User
from accounts.names import clean_name, sort_key
from certificates.models import Certificate, CertificateQuerySet
from trainings.models import CourseRun

AT_ONCE = 50  # files read from the database
LEFT_OUT = ["/Annots", "/StructParents", "/Tabs", "/AF", "/Parent"]  # of a page: what refers to the rest of its file
LONGEST_NAME = 80  # characters; with the number below what every file system takes
# Characters that Windows refuses in file names, or that have a meaning in paths and shells.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')


def certificates_of_run(run: CourseRun) -> CertificateQuerySet:
    """The valid certificates of the run whose files are kept."""
    return Certificate.objects.valid().with_file().filter(registration__run=run)


def file_name(certificate: Certificate) -> str:
    """„MYK-2026-000123 Ayşe Yıldız.pdf“: the number first, no folder, and no character that a system refuses."""
    name = clean_name(_UNSAFE.sub(" ", str(certificate.snapshot["name"])))[:LONGEST_NAME].strip(" .")
    return f"{certificate.number} {name}".rstrip() + ".pdf"


def certificates_of(person: User) -> CertificateQuerySet:
    """The person's own, valid and with a file."""
    return Certificate.objects.of(person).valid().with_file()


def as_zip(certificates: CertificateQuerySet) -> bytes:
    """The files, by surname."""
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:  # PDF files are compressed already
        for certificate in _with_bytes(certificates):
            issued = timezone.localtime(certificate.issued_at)
            entry = zipfile.ZipInfo(file_name(certificate), (issued.year, issued.month, issued.day, 0, 0, 0))
            archive.writestr(entry, bytes(certificate.pdf or b""))
    return written.getvalue()


def to_print(run: CourseRun) -> bytes:
    """The pages of all files in one PDF, by surname."""
    joined = PdfWriter()
    for certificate in _with_bytes(certificates_of_run(run)):
        file = PdfReader(BytesIO(bytes(certificate.pdf or b"")))
        for page in file.pages:
            # Not the page itself: the writer would remember where it came from, and keep every file in memory.
            joined.add_page(cast(PageObject, page.clone(joined, ignore_fields=LEFT_OUT)))
        joined.reset_translation(file)
    joined.add_metadata({"/Title": f"Teilnahmebescheinigungen {run.number}"})
    written = BytesIO()
    joined.write(written)
    return written.getvalue()


def _with_bytes(certificates: CertificateQuerySet) -> Iterator[Certificate]:
    """By surname, a handful of files in memory at a time."""
    names = certificates.values_list("pk", "snapshot__surname", "snapshot__name", "number")
    order = [pk for pk, *sorting in sorted(names, key=lambda row: sort_key(*row[1:]))]
    for start in range(0, len(order), AT_ONCE):
        rows = certificates.in_bulk(order[start : start + AT_ONCE])
        yield from (rows[pk] for pk in order[start : start + AT_ONCE] if pk in rows)

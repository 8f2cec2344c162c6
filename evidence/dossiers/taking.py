"""How does somebody get a dossier that was made? As it was, or with a word why not."""

import hashlib
from collections.abc import Iterator

from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import override

from evidence import periods
from evidence.dossiers import archive
from evidence.dossiers.making import entries_of
from evidence.dossiers.names import names_too_many
from evidence.dossiers.parts import content_of
from evidence.models import Dossier, DossierFile
from trainings.acts import Act
from trainings.refusals import Reason, Refused

SHOWN = 3


def take_out(dossier: Dossier, act: Act) -> Iterator[bytes]:
    """The archive, ``dossier.size`` bytes, a file at a time. Raises Refused; whoever takes it out is on record."""
    with periods.changing(dossier.period, act) as (period, act):
        if not dossier.has_files:
            raise Refused(Reason("no_files", _("Dieses Dossier gibt es nicht, noch nicht oder nicht mehr.")))
        if not dossier.is_kept and (reason := names_too_many(dossier)):
            raise Refused(reason)
        if changed := altered(dossier):
            text = _(
                "Diese Dateien sind nicht mehr, was sie beim Erstellen waren: %(names)s. Bitte holen Sie sie aus der"
                " Datensicherung zurück; bis dahin wird nichts herausgegeben, was nicht stimmt."
            )
            raise Refused(Reason("altered", text % {"names": ", ".join(changed[:SHOWN])}))
        periods.note(period, act, periods.What.DOSSIER_TAKEN, about=dossier.title)
    return archive.written(entries_of(dossier))


def altered(dossier: Dossier) -> list[str]:
    """Paths of what is no longer the file it was; one file at a time."""
    files = DossierFile.objects.filter(dossier=dossier).without_bytes()
    return [file.path for file in files if hashlib.sha256(content_of(file)).hexdigest() != file.sha256]


def file_name_of(dossier: Dossier) -> str:
    """In its own language, whoever takes it out."""
    with override(dossier.language):
        return f"{slugify(f'{dossier.grant_number} {dossier.days} {dossier.title}')}.zip"

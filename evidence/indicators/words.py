"""What may an indicator count, and how does one say in words what it asks for?"""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evidence.models import Indicator
from trainings.models import in_active_language

# By the names of reporting.DEFINITIONS. Each ends with the runs, so that what narrows them can follow.
COUNTED: dict[str, str | Promise] = {
    "persons": _("Verschiedene Personen mit mindestens einer Teilnahme an einem Termin"),
    "participations": _("Teilnahmen an Terminen"),
    "attended": _("Angemeldete mit erreichter Mindestanwesenheit in Terminen"),
    "partial": _("Angemeldete mit weniger als der Mindestanwesenheit in Terminen"),
    "registered": _("Bestätigte Plätze in Terminen"),
    "excused": _("Entschuldigte in Terminen"),
    "absent": _("Angemeldete, die gefehlt haben, in Terminen"),
    "not_recorded": _("Angemeldete ohne erfasste Anwesenheit in Terminen"),
    "walk_ins": _("Vor Ort Eingetragene in Terminen"),
    "agencies": _("Verschiedene Behörden und Einrichtungen mit mindestens einer Teilnahme an einem Termin"),
    "runs": _("Termine"),
    "units_held": _("Gehaltene Unterrichtseinheiten (UE) in Terminen"),
    "minutes_held": _("Gehaltene Unterrichtsminuten in Terminen"),
    "units_attended": _("Unterrichtseinheiten (UE), in denen Personen anwesend waren, in Terminen"),
    "minutes_attended": _("Unterrichtsminuten, in denen Personen anwesend waren, in Terminen"),
}
WITHOUT_PEOPLE = {"runs", "units_held", "minutes_held"}  # the same for whichever people
WITH_TENTHS = {"units_held", "units_attended"}


def in_words(of: Indicator) -> str:
    """„Teilnahmen an Terminen der Stufe Basismodul, Gruppe Führungskräfte, im Zeitraum“."""
    runs = [str(COUNTED[of.counts])]
    if of.level:
        runs.append(gettext("der Stufe %(level)s") % {"level": of.get_level_display()})
    if of.course:
        course = in_active_language(of.course.title, of.course.title_en)
        runs.append(gettext("der Schulung „%(course)s“") % {"course": course})
    if of.format:
        runs.append(gettext("im Format %(format)s") % {"format": of.get_format_display()})
    parts = [" ".join(runs)]
    if of.group:
        parts.append(gettext("Gruppe %(group)s") % {"group": of.get_group_display()})
    if of.agency_kind:
        parts.append(gettext("Behörden der Art %(kind)s") % {"kind": of.get_agency_kind_display()})
    return ", ".join([*parts, gettext("im Zeitraum")])

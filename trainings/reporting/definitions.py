"""How is every number counted? In the words that stand under the page, on paper and in every file."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Definition:
    """``name`` is the attribute of a Tally, ``label`` the heading, ``sentence`` how it is counted."""

    name: str
    label: str | Promise
    sentence: str | Promise


DEFINITIONS = {
    definition.name: definition
    for definition in [
        Definition(
            "runs",
            _("Termine"),
            _(
                "Termine, deren letzte Sitzung im Zeitraum stattgefunden hat. Ein Termin zählt so mit allen, die "
                "angemeldet waren, genau einmal, auch wenn seine Sitzungen in mehreren Zeiträumen liegen. Abgesagte "
                "Termine und Entwürfe zählen nicht."
            ),
        ),
        Definition(
            "units_held",
            _("UE gehalten"),
            _("Minuten gehalten geteilt durch 45, auf eine Stelle nach dem Komma gerundet."),
        ),
        Definition(
            "minutes_held",
            _("Minuten gehalten"),
            _(
                "Unterrichtsminuten ohne Pausen aller Sitzungen, die im Zeitraum stattgefunden haben, auch von "
                "Terminen, die erst später enden. Eine Sitzung zählt zu dem Tag, an dem sie nach deutscher Zeit "
                "beginnt. Entfallene Sitzungen zählen nicht."
            ),
        ),
        Definition(
            "registered",
            _("Angemeldet"),
            _(
                "Bestätigte Plätze in den gezählten Terminen, je Person und Termin einer. Wer abgemeldet oder "
                "abgelehnt wurde oder auf der Warteliste blieb, zählt nirgends mit, auch wenn Anwesenheit erfasst ist. "
                "Die Zahl ist die Summe aus teilgenommen, teilweise, entschuldigt, gefehlt und nicht erfasst."
            ),
        ),
        Definition(
            "attended",
            _("Teilgenommen"),
            _(
                "Angemeldete, deren Anwesenheit über alle Sitzungen des Termins dessen Mindestanwesenheit erreicht. "
                "Dieselbe Regel gilt für die Teilnahmebescheinigung."
            ),
        ),
        Definition("partial", _("Teilweise"), _("Angemeldete, die da waren, aber weniger als die Mindestanwesenheit.")),
        Definition(
            "excused",
            _("Entschuldigt"),
            _("Angemeldete, die in keiner Sitzung da waren und für jede entschuldigt sind."),
        ),
        Definition(
            "absent",
            _("Gefehlt"),
            _("Angemeldete, die in keiner Sitzung da waren und mindestens einmal unentschuldigt gefehlt haben."),
        ),
        Definition(
            "not_recorded",
            _("Nicht erfasst"),
            _(
                "Angemeldete, für die in mindestens einer Sitzung des Termins keine Anwesenheit erfasst ist. Ob sie da "
                "waren, ist offen."
            ),
        ),
        Definition(
            "walk_ins",
            _("Davon vor Ort"),
            _("Personen, die ohne Anmeldung kamen und vor Ort eingetragen wurden. „Angemeldet“ enthält sie."),
        ),
        Definition(
            "participations",
            _("Teilnahmen"),
            _("Teilgenommen und teilweise zusammen. Wer an zwei Terminen teilnimmt, zählt zweimal."),
        ),
        Definition(
            "persons",
            _("Personen"),
            _(
                "Verschiedene Personen mit mindestens einer Teilnahme. Wer an mehreren Terminen teilnimmt, zählt "
                "einmal. Wer für zwei Behörden teilnimmt, zählt in der Tabelle bei jeder, insgesamt aber einmal."
            ),
        ),
        Definition(
            "agencies",
            _("Erreichte Behörden"),
            _("Verschiedene Behörden und Einrichtungen mit mindestens einer Teilnahme, ohne die Zeile „ohne Behörde“."),
        ),
        Definition(
            "units_attended",
            _("UE anwesend"),
            _("Minuten anwesend geteilt durch 45, auf eine Stelle nach dem Komma gerundet."),
        ),
        Definition(
            "minutes_attended",
            _("Minuten anwesend"),
            _(
                "Summe der erfassten Unterrichtsminuten aller Personen mit bestätigtem Platz, in den Sitzungen, die im "
                "Zeitraum stattgefunden haben."
            ),
        ),
        Definition(
            "places_offered",
            _("Plätze angeboten"),
            _("Plätze der gezählten Termine, wie sie zuletzt festgelegt waren, auch wenn sie frei geblieben sind."),
        ),
        Definition(
            "occupancy",
            _("Auslastung in %"),
            _(
                "Angemeldete je hundert angebotene Plätze, auf eine Stelle nach dem Komma gerundet. Mehr als 100 sind "
                "es, wo mehr Personen einen Platz bekamen als vorgesehen."
            ),
        ),
        Definition(
            "waited",
            _("Gewartet"),
            _(
                "Personen, die für einen gezählten Termin auf der Warteliste standen, je Person und Termin einmal, "
                "ob sie einen Platz bekamen oder nicht."
            ),
        ),
        Definition(
            "moved_up",
            _("Davon nachgerückt"),
            _(
                "Personen, die nach dem Warten einen bestätigten Platz bekamen, auch wenn sie ihn später "
                "zurückgegeben haben."
            ),
        ),
    ]
}

# What is not a number but decides where one is counted.
ATTRIBUTIONS = [
    Definition(
        "agency",
        _("Behörde / Einrichtung"),
        _("Die Behörde, für die jemand angemeldet wurde. Ein späterer Wechsel der Person ändert daran nichts."),
    ),
    Definition(
        "group",
        _("Gruppe"),
        _("Die Gruppe der Person, als sie angemeldet wurde."),
    ),
    Definition(
        "level",
        _("Stufe"),
        _("Die Stufe der Schulung, wie sie im Katalog steht."),
    ),
    Definition(
        "step",
        _("Monat, Halbjahr oder Jahr"),
        _(
            "Ein Termin zählt mit allen Angemeldeten und Wartenden dort, wo seine letzte Sitzung liegt. Zeiträume bis "
            "zu einem Jahr sind nach Monaten geteilt, längere nach Halbjahren oder Jahren."
        ),
    ),
]

_OF_PEOPLE = ["registered", "attended", "partial", "excused", "absent", "not_recorded", "walk_ins"]
_MINUTES_ATTENDED = ["units_attended", "minutes_attended"]
_OF_PLACES = ["places_offered", "occupancy", "waited", "moved_up"]
# What a run adds only where it ends; minutes count where they were held.
COUNTED_ONCE = frozenset([*_OF_PEOPLE, *_OF_PLACES])
OF_EVERYTHING = list(DEFINITIONS)
OF_A_RUN = ["units_held", "minutes_held", *_OF_PEOPLE, *_MINUTES_ATTENDED, *_OF_PLACES]
OF_PEOPLE = [*_OF_PEOPLE, "participations", "persons", *_MINUTES_ATTENDED]
OF_A_STEP = ["runs", "registered", "participations", "persons", *_OF_PLACES]
OF_A_LEVEL = ["runs", "units_held", "registered", "participations", "persons", "units_attended", *_OF_PLACES]

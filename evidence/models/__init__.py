"""The nouns of evidence; docs/glossary.md explains them."""

from evidence.models.auditor_door import AuditorDoor, sha256_of_link
from evidence.models.definition_event import DefinitionEvent
from evidence.models.door_look import DoorLook
from evidence.models.door_question import DoorQuestion
from evidence.models.dossier import Dossier
from evidence.models.dossier_file import DossierFile
from evidence.models.export_format import ExportFormat, FormatColumn
from evidence.models.indicator import Indicator, PeriodTarget
from evidence.models.reporting_period import ReportingPeriod, ReportingPeriodEvent

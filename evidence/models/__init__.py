"""The nouns of evidence; docs/glossary.md explains them."""

from evidence.models.dossier import Dossier
from evidence.models.dossier_file import DossierFile
from evidence.models.reporting_period import ReportingPeriod, ReportingPeriodEvent

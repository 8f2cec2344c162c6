"""The nouns of evidence; docs/glossary.md explains them."""

from evidence.models.definition_event import DefinitionEvent
from evidence.models.export_format import ExportFormat, FormatColumn
from evidence.models.indicator import Indicator, PeriodTarget
from evidence.models.reporting_period import ReportingPeriod, ReportingPeriodEvent

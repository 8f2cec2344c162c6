"""The nouns of evidence; docs/glossary.md explains them."""

from evidence.models.reporting_period import ReportingPeriod, ReportingPeriodEvent

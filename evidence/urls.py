"""The addresses of evidence: coordinators keep it under Koordination."""

from django.urls import path

from evidence.views import formats, indicators, periods

app_name = "evidence"

urlpatterns = [
    path("koordination/nachweise/", periods.periods, name="periods"),
    path("koordination/nachweise/neu/<int:funding>/", periods.new_period, name="new_period"),
    path("koordination/nachweise/<int:pk>/", periods.period, name="period"),
    path("koordination/nachweise/<int:pk>/tage/", periods.edit_period, name="edit_period"),
    path("koordination/nachweise/<int:pk>/entfernen/", periods.remove_period, name="remove_period"),
    path("koordination/nachweise/formate/", formats.all_formats, name="formats"),
    path("koordination/nachweise/formate/neu/", formats.new_format, name="new_format"),
    path("koordination/nachweise/formate/<slug:code>/kopieren/", formats.copy_format, name="copy_format"),
    path("koordination/nachweise/formate/<int:pk>/", formats.edit_format, name="edit_format"),
    path("koordination/nachweise/formate/<int:pk>/loeschen/", formats.remove_format, name="remove_format"),
    path(
        "koordination/nachweise/<int:pk>/formate/<slug:code>.<slug:extension>",
        formats.file_of_format,
        name="file_of_format",
    ),
    path("koordination/nachweise/indikatoren/<int:funding>/", indicators.of_grant, name="indicators"),
    path("koordination/nachweise/indikatoren/<int:funding>.xlsx", indicators.file_of_grant, name="file_of_indicators"),
    path("koordination/nachweise/indikatoren/<int:funding>/neu/", indicators.new_indicator, name="new_indicator"),
    path("koordination/nachweise/indikator/<int:pk>/", indicators.edit_indicator, name="edit_indicator"),
    path("koordination/nachweise/indikator/<int:pk>/loeschen/", indicators.remove_indicator, name="remove_indicator"),
    path("koordination/nachweise/<int:pk>/ziele/", indicators.targets, name="targets"),
    path("koordination/nachweise/<int:pk>/indikatoren.xlsx", indicators.file_of_period, name="indicators_of_period"),
]

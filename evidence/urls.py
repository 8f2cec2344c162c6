"""The addresses of evidence: coordinators keep it under Koordination."""

from django.urls import path

from evidence.views import completeness, periods

app_name = "evidence"

urlpatterns = [
    path("koordination/nachweise/", periods.periods, name="periods"),
    path("koordination/nachweise/neu/<int:funding>/", periods.new_period, name="new_period"),
    path("koordination/nachweise/<int:pk>/", periods.period, name="period"),
    path("koordination/nachweise/<int:pk>/tage/", periods.edit_period, name="edit_period"),
    path("koordination/nachweise/<int:pk>/entfernen/", periods.remove_period, name="remove_period"),
    path("koordination/nachweise/<int:pk>/fehlt/", completeness.missing, name="missing"),
    path("koordination/nachweise/<int:pk>/fehlt.<str:extension>", completeness.file_of_missing, name="file_of_missing"),
]

"""The addresses of evidence: coordinators keep it under Koordination."""

from django.urls import path

from evidence.views import dossiers, periods

app_name = "evidence"

urlpatterns = [
    path("koordination/nachweise/", periods.periods, name="periods"),
    path("koordination/nachweise/neu/<int:funding>/", periods.new_period, name="new_period"),
    path("koordination/nachweise/<int:pk>/", periods.period, name="period"),
    path("koordination/nachweise/<int:pk>/tage/", periods.edit_period, name="edit_period"),
    path("koordination/nachweise/<int:pk>/entfernen/", periods.remove_period, name="remove_period"),
    # dossiers
    path("koordination/nachweise/<int:pk>/dossier/", dossiers.new_dossier, name="new_dossier"),
    path("koordination/nachweise/<int:pk>/dossier/<int:number>/", dossiers.dossier, name="dossier"),
    path("koordination/nachweise/<int:pk>/dossier/<int:number>/datei/", dossiers.dossier_file, name="dossier_file"),
    path("koordination/nachweise/<int:pk>/dossier/<int:number>/abgeben/", dossiers.hand_in, name="hand_in"),
    path("koordination/nachweise/<int:pk>/geaendert/", dossiers.changed_since, name="changed_since"),
    path("koordination/nachweise/<int:pk>/nachtrag/", dossiers.new_supplement, name="new_supplement"),
    path("dossier-pruefen/", dossiers.check_dossier, name="check_dossier"),
]

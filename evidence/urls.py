"""The addresses of evidence: coordinators keep it under Koordination, auditors look at it without an account."""

from django.urls import path

from evidence.views import auditing, completeness, doors, dossiers, formats, indicators, periods

app_name = "evidence"

urlpatterns = [
    path("koordination/nachweise/", periods.periods, name="periods"),
    path("koordination/nachweise/neu/<int:funding>/", periods.new_period, name="new_period"),
    path("koordination/nachweise/<int:pk>/", periods.period, name="period"),
    path("koordination/nachweise/<int:pk>/tage/", periods.edit_period, name="edit_period"),
    path("koordination/nachweise/<int:pk>/entfernen/", periods.remove_period, name="remove_period"),
    path("koordination/nachweise/<int:pk>/fehlt/", completeness.missing, name="missing"),
    path("koordination/nachweise/<int:pk>/fehlt.<str:extension>", completeness.file_of_missing, name="file_of_missing"),
    path("koordination/nachweise/<int:pk>/pruefzugang/", doors.new_door, name="new_door"),
    path("koordination/pruefzugaenge/<int:pk>/", doors.door, name="door"),
    path("koordination/pruefzugaenge/<int:pk>/verlaengern/", doors.prolong_door, name="prolong_door"),
    path("koordination/pruefzugaenge/<int:pk>/neuer-link/", doors.renew_door_link, name="renew_door_link"),
    path("koordination/pruefzugaenge/<int:pk>/beenden/", doors.close_door, name="close_door"),
    path("koordination/pruefzugaenge/fragen/<int:pk>/", doors.answer_question, name="answer_question"),
    path("pruefzugang/<str:token>/", auditing.door_link, name="door_link"),
    path("pruefzugang/<str:token>/code/", auditing.door_code, name="door_code"),
    path("pruefung/<int:pk>/", auditing.audit, name="audit"),
    path("pruefung/<int:pk>/termine/", auditing.audit_runs, name="audit_runs"),
    path("pruefung/<int:pk>/termine/<int:run>/", auditing.audit_run, name="audit_run"),
    path("pruefung/<int:pk>/abgesagt/", auditing.audit_called_off, name="audit_called_off"),
    path("pruefung/<int:pk>/fragen/", auditing.audit_questions, name="audit_questions"),
    path("pruefung/<int:pk>/listen/<int:scan>/", auditing.audit_scan, name="audit_scan"),
    path("pruefung/<int:pk>/ende/", auditing.leave_audit, name="leave_audit"),
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
    # dossiers
    path("koordination/nachweise/<int:pk>/dossier/", dossiers.new_dossier, name="new_dossier"),
    path("koordination/nachweise/<int:pk>/dossier/<int:number>/", dossiers.dossier, name="dossier"),
    path("koordination/nachweise/<int:pk>/dossier/<int:number>/datei/", dossiers.dossier_file, name="dossier_file"),
    path("koordination/nachweise/<int:pk>/dossier/<int:number>/abgeben/", dossiers.hand_in, name="hand_in"),
    path("koordination/nachweise/<int:pk>/geaendert/", dossiers.changed_since, name="changed_since"),
    path("koordination/nachweise/<int:pk>/nachtrag/", dossiers.new_supplement, name="new_supplement"),
    path("dossier-pruefen/", dossiers.check_dossier, name="check_dossier"),
]

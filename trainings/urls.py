"""The addresses of catalogue, registration, calendars, attendance and coordination."""

from django.urls import path

from trainings.views import attendance, calendars, catalogue, coordination, links, registration

app_name = "trainings"

urlpatterns = [
    path("", catalogue.catalogue, name="catalogue"),
    path("schulungen/<slug:slug>/", catalogue.course, name="course"),
    path("termine/<int:pk>/anmelden/", registration.register, name="register"),
    path("meine-schulungen/", registration.my_registrations, name="my_registrations"),
    path("meine-schulungen/<int:pk>/abmelden/", registration.cancel, name="cancel"),
    path("freigabe/<str:token>/", links.approval, name="approval"),
    path("angebot/<str:token>/", links.offer, name="offer"),
    path("abmelden/<str:token>/", links.cancel, name="cancel_by_link"),
    path("kalender/", calendars.calendar, name="calendar"),
    path("kalender/abonnement/", calendars.reset_feed, name="reset_feed"),
    path("kalender.ics", calendars.public_feed, name="public_feed"),
    path("kalender/<str:token>.ics", calendars.personal_feed, name="personal_feed"),
    path("sitzungen/<int:pk>.ics", calendars.session_calendar, name="session_calendar"),
    path("leitung/", attendance.teaching, name="teaching"),
    path("leitung/sitzungen/<int:pk>/", attendance.attendance, name="attendance"),
    path("koordination/", coordination.coordination, name="coordination"),
    path("koordination/termine/", coordination.runs, name="coordination_runs"),
    path("koordination/termine/<int:pk>/", coordination.run, name="coordination_run"),
    path("koordination/termine/<int:pk>/anmelden/", coordination.register_other, name="register_other"),
    path("koordination/termine/<int:pk>/plaetze/", coordination.change_capacity, name="change_capacity"),
    path("koordination/termine/<int:pk>/veroeffentlichen/", coordination.publish, name="publish"),
    path("koordination/termine/<int:pk>/absagen/", coordination.cancel_run, name="cancel_run"),
    path("koordination/termine/<int:pk>/anmeldungen.<str:extension>", coordination.export, name="export"),
    path("koordination/anmeldungen/<int:pk>/abmelden/", coordination.cancel_other, name="cancel_other"),
    path("koordination/personen/<int:pk>/pruefen/", coordination.check_person, name="check_person"),
]

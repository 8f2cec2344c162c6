"""The addresses of certificates and of their public check."""

from django.urls import path

from certificates.views import badges, bulk, collective, ending, issuing, own, record, twin, verification, wording

app_name = "certificates"

urlpatterns = [
    path("bescheinigungen/", own.my_certificates, name="list"),
    path("bescheinigungen/alle.zip", own.all_of_mine, name="all_of_mine"),
    path("bescheinigungen/nachweis/", record.own, name="record"),
    path("bescheinigungen/nachweis.pdf", record.own_file, name="record_file"),
    path("bescheinigungen/<str:number>.pdf", own.download, name="download"),
    path("bescheinigungen/<str:number>/", twin.show, name="show"),
    path("koordination/bescheinigungen/<str:number>/widerrufen/", ending.revoke, name="revoke"),
    path("koordination/bescheinigungen/<str:number>/ersetzen/", ending.replace, name="replace"),
    path("koordination/personen/<int:pk>/name/", ending.correct_name, name="correct_name"),
    path("bescheinigungen/<str:number>.jwt", badges.download, name="badge"),
    path("badges/aussteller.json", badges.issuer, name="badge_issuer"),
    path("badges/schluessel/<str:thumbprint>.json", badges.key, name="badge_key"),
    path("badges/status/<int:number>/", badges.status, name="badge_status"),
    path("koordination/termine/<int:pk>/bescheinigungen/", issuing.issue, name="issue"),
    path("koordination/bescheinigungen/wortlaut/<str:language>/", wording.edit, name="wording"),
    path("koordination/bescheinigungen/vorschau.pdf", wording.sample, name="sample"),
    path("koordination/termine/<int:pk>/bescheinigungen.zip", bulk.zipped, name="zipped"),
    path("koordination/termine/<int:pk>/bescheinigungen.pdf", bulk.printed, name="printed"),
    path("behoerde/sammelbestaetigung/", collective.own, name="collective"),
    path("behoerde/sammelbestaetigung.pdf", collective.own_file, name="collective_file"),
    path("behoerde/personen/<int:pk>/nachweis/", record.of_colleague, name="record_of_colleague"),
    path("behoerde/personen/<int:pk>/nachweis.pdf", record.of_colleague_file, name="record_of_colleague_file"),
    path("koordination/personen/<int:pk>/nachweis/", record.of_person, name="record_of_person"),
    path("koordination/personen/<int:pk>/nachweis.pdf", record.of_person_file, name="record_of_person_file"),
    path("koordination/sammelbestaetigung/", collective.of_agency, name="collective_of_agency"),
    path("koordination/sammelbestaetigung.pdf", collective.of_agency_file, name="collective_of_agency_file"),
    path("pruefen/", verification.verify_form, name="verify_form"),
    path("pruefen/<str:code>/", verification.verify, name="verify"),
    path("pruefen/<str:code>/datei/", verification.compare_file, name="compare_file"),
]

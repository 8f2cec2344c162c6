"""The addresses of certificates and of their public check."""

from django.urls import path

from certificates.views import ending, issuing, own, twin, verification, wording

app_name = "certificates"

urlpatterns = [
    path("bescheinigungen/", own.my_certificates, name="list"),
    path("bescheinigungen/<str:number>.pdf", own.download, name="download"),
    path("bescheinigungen/<str:number>/", twin.show, name="show"),
    path("koordination/bescheinigungen/<str:number>/widerrufen/", ending.revoke, name="revoke"),
    path("koordination/bescheinigungen/<str:number>/ersetzen/", ending.replace, name="replace"),
    path("koordination/personen/<int:pk>/name/", ending.correct_name, name="correct_name"),
    path("koordination/termine/<int:pk>/bescheinigungen/", issuing.issue, name="issue"),
    path("koordination/bescheinigungen/wortlaut/<str:language>/", wording.edit, name="wording"),
    path("koordination/bescheinigungen/vorschau.pdf", wording.sample, name="sample"),
    path("pruefen/", verification.verify_form, name="verify_form"),
    path("pruefen/<str:code>/", verification.verify, name="verify"),
    path("pruefen/<str:code>/datei/", verification.compare_file, name="compare_file"),
]

"""The addresses of certificates and of their public check."""

from django.urls import path

from certificates import views

app_name = "certificates"

urlpatterns = [
    path("bescheinigungen/", views.my_certificates, name="list"),
    path("bescheinigungen/<str:number>.pdf", views.download, name="download"),
    path("koordination/termine/<int:pk>/bescheinigungen/", views.issue, name="issue"),
    path("pruefen/", views.verify_form, name="verify_form"),
    path("pruefen/<str:code>/", views.verify, name="verify"),
]

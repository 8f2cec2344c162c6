"""What the worker does for certificates."""

from django_tasks import task

from certificates.models import Certificate
from certificates.paper import render


@task()
def render_certificate(certificate_pk: int) -> None:
    render(Certificate.objects.get(pk=certificate_pk))

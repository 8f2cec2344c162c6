"""What do people see when something is broken on our side? A page that asks the database nothing."""

import sys

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

from trainings import outage


def broken(request: HttpRequest) -> HttpResponse:
    """503, to be tried again, while the database is away; else 500. Called while the error is handled."""
    if not outage.is_away(sys.exc_info()[1]):
        return server_error(request)
    connection.close_at = 0  # with this request: the next one looks anew for the server to write to
    response = HttpResponse(render_to_string("503.html"), status=503)
    response.headers["Retry-After"] = str(outage.RETRY_AFTER)
    response.headers["Cache-Control"] = "no-store"
    return response

"""The least a registration over HTTP can cost: a Django view without middleware that locks, counts, inserts, commits.

A WSGI application for gunicorn, beside the real one in ``benchmarks.booking --http``. It knows nobody's session and no
rule: the path names the run and the person.
"""

import os

import environ
from django.conf import settings

environ_ = environ.FileAwareEnv()
settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={"default": environ_.db_url_config(environ_.str("DATABASE_URL")) | {"CONN_MAX_AGE": 60}},
    MIDDLEWARE=[],
    ROOT_URLCONF="benchmarks._bare",
    SECRET_KEY=os.urandom(20).hex(),
    USE_TZ=True,
)
if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    settings.DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }

from django.core.wsgi import get_wsgi_application  # noqa: E402  settings first
from django.db import connection, transaction  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks._floor import COUNT, INSERT, LOCK  # noqa: E402


def register(request: HttpRequest, run: int, person: int) -> HttpResponse:
    lock = " FOR NO KEY UPDATE" if connection.vendor == "postgresql" else ""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK.format(mark="%s", lock=lock), [run])
        [capacity] = cursor.fetchone()
        cursor.execute(COUNT.format(mark="%s"), [run])
        [taken] = cursor.fetchone()
        now = timezone.now()
        status = "confirmed" if taken < capacity else "waitlisted"
        cursor.execute(INSERT.format(mark="%s"), [run, person, status, now, now, now])
    return HttpResponse(status=302, headers={"Location": "/"})


urlpatterns = [path("<int:run>/<int:person>/", register)]
application = get_wsgi_application()

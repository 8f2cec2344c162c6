"""The WSGI application, for gunicorn: ``gunicorn config.wsgi``."""

import os

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from config import catalogues  # noqa: E402  settings first

if stale := catalogues.stale():  # gunicorn, unlike manage.py, runs no checks
    raise ImproperlyConfigured(f"{', '.join(map(str, stale))} not compiled: {catalogues.COMPILE}.")

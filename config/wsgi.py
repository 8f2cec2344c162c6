"""The WSGI application, for gunicorn: ``gunicorn config.wsgi``."""

import os

import django
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django.setup(set_prefix=False)

from config import catalogues, impossible  # noqa: E402  settings first

application = impossible.Handler()

if stale := catalogues.stale():  # gunicorn, unlike manage.py, runs no checks
    raise ImproperlyConfigured(f"{', '.join(map(str, stale))} not compiled: {catalogues.COMPILE}.")

"""The people every test may name, and the settings under which tests run."""

import gc
import os
from collections.abc import Iterator

import pytest
from django.conf import settings as configured
from django.db import connection
from django.test import Client, override_settings
from django.utils import translation

from accounts.models import Agency, User
from config import catalogues
from tests import builders, writing
from trainings.models import CourseRun

catalogues.compile_stale()


@pytest.hookimpl(tryfirst=True)  # -m may ask for the marker
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL, what asks no database would only say once more what it says on SQLite."""
    asking = [item for item in items if asks_database(item)]
    for item in asking:
        item.add_marker("database")
    if connection.vendor != "sqlite":
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("database") is None])
        items[:] = asking


def pytest_collection_finish() -> None:
    """What was imported and collected stays: Python need not look through it for garbage again and again."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def asks_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(fixtures & {"db", "transactional_db"})


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory):
    """On SQLite the tests run on a file, as people do: a database in memory knows no second process and no lock."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
    elif worker := os.environ.get("PYTEST_XDIST_WORKER"):
        connection.settings_dict["TEST"]["NAME"] = f"test_miko_{worker}"


@pytest.fixture(scope="session")
def django_db_modify_db_settings_parallel_suffix(django_db_modify_db_settings):
    """Named above."""


@pytest.fixture
def database_url(transactional_db) -> str:
    """The address of the test database for another process."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    return (
        f"postgres://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    )


@pytest.fixture(autouse=True)
def german():
    """Every test begins in German: the language of the last page of another test stays active otherwise."""
    translation.activate("de")


@pytest.fixture(autouse=True)
def written_in_one_place():
    """No test passes in which a row with consequences is written past its one writer."""
    with connection.execute_wrapper(writing.guard):
        yield


@pytest.fixture(autouse=True, scope="session")
def settings_of_all_tests() -> Iterator[None]:
    """Each is told to whoever listens, which takes its time."""
    with override_settings(
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        WHITENOISE_AUTOREFRESH=True,  # no directory of collected files to scan
        CERTIFICATE_SEAL_FILE="",
        CERTIFICATE_SEAL_MODULE="",
        CERTIFICATE_BADGE_KEY="",
        STORAGES=configured.STORAGES
        | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}},
    ):
        yield


@pytest.fixture(autouse=True)
def cache_of_its_own(settings, request):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": request.node.nodeid,
            "OPTIONS": settings.CACHE_OPTIONS,
        }
    }


@pytest.fixture
def agency(db) -> Agency:
    return builders.build_agency("Stadtverwaltung Mayen", "mayen.example")


@pytest.fixture
def other_agency(db) -> Agency:
    return builders.build_agency("Stadtverwaltung Bendorf", "bendorf.example")


@pytest.fixture
def participant(agency) -> User:
    return builders.build_person("yildiz@mayen.example", "Ayşe", "Yıldız")


@pytest.fixture
def other_participant(other_agency) -> User:
    return builders.build_person("weber@bendorf.example", "Jan", "Weber")


@pytest.fixture
def trainer(db) -> User:
    return builders.build_person("okafor@trainings.example", "Ngozi", "Okafor", organisation="freiberuflich")


@pytest.fixture
def other_trainer(db) -> User:
    return builders.build_person("lindner@trainings.example", "Paul", "Lindner", organisation="freiberuflich")


@pytest.fixture
def agency_contact(agency) -> User:
    return builders.build_person("braun@mayen.example", "Petra", "Braun", role=User.Role.AGENCY_CONTACT)


@pytest.fixture
def coordinator(db) -> User:
    county = builders.build_agency("Kreisverwaltung Mayen-Koblenz", "kreis-myk.example")
    return builders.build_person(
        "koordination@kreis-myk.example", "Miriam", "Roth", role=User.Role.COORDINATOR, agency=county
    )


@pytest.fixture
def run(trainer) -> CourseRun:
    """A published run of ten places in thirty days, taught by ``trainer``."""
    return builders.build_run(trainers=[trainer])


@pytest.fixture
def signed_in(client: Client):
    """``signed_in(person)`` is a client that has signed in as that person."""

    def sign_in(person: User) -> Client:
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in

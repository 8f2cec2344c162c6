"""Do the migrations make what the models say?"""

from io import StringIO

from django.core.management import call_command


def test_no_migration_is_missing(db, settings):
    settings.MIGRATION_MODULES = {}  # the tests run without migrations: --nomigrations hides them
    out, code = StringIO(), 0
    try:
        call_command("makemigrations", check=True, stdout=out, stderr=out)
    except SystemExit as ended:
        code = int(str(ended.code))
    assert code == 0, f"run manage.py makemigrations, and commit what it writes:\n{out.getvalue()}"

"""The system check names what to install where PDF files cannot be made."""

from certificates import checks
from trainings.printing import pango


def test_nothing_is_said_where_pango_is_there():
    assert checks.pango_is_installed() == []


def test_a_missing_library_is_named_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setattr(pango, "_loads", lambda name: "harfbuzz" not in name)

    [warning] = checks.pango_is_installed()

    assert (warning.id, "libharfbuzz-subset0 is missing" in warning.msg) == ("certificates.W001", True)
    assert warning.hint == (
        "On Debian: apt-get install --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    )

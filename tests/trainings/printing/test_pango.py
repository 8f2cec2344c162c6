"""Does the site start where Pango is missing?"""

import subprocess
import sys

import pytest
from django.conf import settings

PAGES = """
import sys
import django
django.setup()
from django.urls import get_resolver
get_resolver().url_patterns
print(*sorted({"weasyprint", "pyhanko"} & set(sys.modules)))
"""


@pytest.mark.slow
def test_pages_load_nothing_that_a_machine_may_lack():
    started = subprocess.run([sys.executable, "-c", PAGES], cwd=settings.BASE_DIR, capture_output=True, text=True)
    assert (started.stdout.strip(), started.stderr) == ("", "")

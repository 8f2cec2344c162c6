"""Is a level recognised by the same mark on pages, programme and certificate?"""

from pathlib import Path

import pytest
from django.conf import settings

from trainings.models import Course

FILES = {level: f"img/levels/{level}.svg" for level in Course.Level}
PAPER = Path(settings.BASE_DIR, "templates/trainings/printing/levels.css").read_text(encoding="utf-8")
PAGES = Path(settings.BASE_DIR, "static/css/app.css").read_text(encoding="utf-8")


@pytest.mark.parametrize("level", Course.Level)
def test_each_level_has_its_mark_everywhere(level):
    assert Path(settings.BASE_DIR, "static", FILES[level]).stat().st_size < 600
    assert f'.level-{level} {{ background-image: url("static:{FILES[level]}"); }}' in PAPER
    assert (
        f'.app-level--{level}, .app-cards .app-card--{level}::before {{ background-image: url("../{FILES[level]}"); }}'
        in PAGES
    )

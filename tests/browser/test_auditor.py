"""An auditor with a phone, dark or light: in by link and code, through every page, a question; by forms alone."""

import pytest
from django.core import mail
from django.urls import reverse

from evidence.models import DoorQuestion
from tests.browser.accessibility import barriers, poor_contrast
from tests.browser.test_pages import TOO_WIDE
from tests.evidence.doors.conftest import LINK, at_once, code_mailed, door, grant, held, period  # noqa: F401  fixtures
from trainings.models import SheetScan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"width": 360, "height": 780}


def come_in(page) -> None:
    page.goto(LINK)
    page.get_by_role("button", name="Code per E-Mail senden").click()
    page.wait_for_url("**/code/")
    page.get_by_label("Code aus der E-Mail").fill(code_mailed())
    page.keyboard.press("Enter")
    page.wait_for_url("**/pruefung/*/")


def found_on(page) -> list[str]:
    """Whatever keeps somebody from it: with a wide screen, on a phone, in the dark."""
    found = barriers(page)
    page.emulate_media(color_scheme="dark")
    found += poor_contrast(page)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)
    found += [*barriers(page), *page.evaluate(TOO_WIDE)]
    page.set_viewport_size({"width": 1280, "height": 900})
    return found


def test_every_page_of_an_audit_is_without_barriers(browse, held, door, complaints):  # noqa: F811
    page = browse()
    found = {}
    page.goto(LINK)
    found["link"] = found_on(page)
    page.get_by_role("button", name="Code per E-Mail senden").click()
    page.get_by_label("Code aus der E-Mail").fill("1")
    page.keyboard.press("Enter")
    page.get_by_text("Dieser Code ist falsch").first.wait_for()
    found["wrong code"] = found_on(page)
    come_in(page)
    for name in ("audit", "audit_runs", "audit_called_off", "audit_questions"):
        page.goto(reverse(f"evidence:{name}", args=[door.pk]))
        found[name] = found_on(page)
    page.goto(reverse("evidence:audit_run", args=[door.pk, held.pk]))
    page.get_by_label("Ihre Frage").fill("Wo liegt das Original der zweiten Sitzung?")
    page.get_by_role("button", name="Frage senden").click()
    page.get_by_text("Noch nicht beantwortet.").wait_for()
    for summary in page.locator("main summary").all():
        summary.click()
    found["audit_run"] = found_on(page)
    page.get_by_role("button", name="Prüfung verlassen").click()
    page.get_by_role("button", name="Prüfung verlassen").wait_for(state="hidden")
    found["left"] = found_on(page)
    page.goto(reverse("evidence:audit", args=[door.pk]))
    found["closed"] = found_on(page)
    complaints[:] = [said for said in complaints if "403" not in said]  # the last page
    assert {name: problems for name, problems in found.items() if problems} == {}


def test_every_page_about_a_door_is_without_barriers(browse, held, door, coordinator):  # noqa: F811
    question = DoorQuestion.objects.create(door=door, page="run", run=held, text="Wo liegt das Original?")
    page = browse(coordinator)
    found = {}
    for name, key in (
        ("period", door.period_id),
        ("new_door", door.period_id),
        ("door", door.pk),
        ("prolong_door", door.pk),
        ("renew_door_link", door.pk),
        ("close_door", door.pk),
        ("answer_question", question.pk),
    ):
        page.goto(reverse(f"evidence:{name}", args=[key]))
        found[name] = found_on(page)
    assert {name: problems for name, problems in found.items() if problems} == {}


def test_it_works_without_a_script(browse, held, door):  # noqa: F811
    page = browse(java_script_enabled=False)
    come_in(page)
    page.get_by_role("link", name="Zu den Terminen").click()
    page.get_by_role("link", name="Vielfalt am Schalter").click()
    page.get_by_label("Ihre Frage").fill("Wo liegt das Original?")
    page.get_by_role("button", name="Frage senden").click()
    page.get_by_text("Noch nicht beantwortet.").wait_for()
    assert page.get_by_text(SheetScan.objects.get().sha256).count() == 1
    assert len(mail.outbox) == 1

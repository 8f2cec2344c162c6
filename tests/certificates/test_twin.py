"""The page beside the PDF says the same, to its owner and to coordinators alone."""

import html
import io
import re

import pypdf
import pytest
from django.urls import reverse

from certificates import issuing
from certificates.models import Certificate
from certificates.paper import render
from tests import builders
from tests.certificates.builders import build_attended, build_certificate, build_finished_run
from trainings.acts import Act


def address(certificate: Certificate) -> str:
    return reverse("certificates:show", args=[certificate.number])


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def main(response) -> str:
    page = response.content.decode()
    return page.partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_page_says_everything_the_paper_says(signed_in, coordinator, trainer, language):
    course = builders.build_course("Grundlagen & mehr", title_en="Basics & more")
    run = build_finished_run(course=course, days_ago=(9, 8), trainers=[trainer])
    person = builders.build_person(first_name="Zoë", last_name="O'Neill", title="Dr.", language=language)
    certificate = build_certificate(person, by=coordinator, run=run)

    page = html.unescape(re.sub(r"<[^>]+>", " ", main(signed_in(person).get(address(certificate)))))

    paper = pypdf.PdfReader(io.BytesIO(bytes(certificate.pdf))).pages[0].extract_text()
    said = {word for word in words(paper) if len(word) > 2}
    assert sorted(said - set(words(page))) == []


def test_its_headings_form_a_tree_and_its_language_is_marked(signed_in, coordinator, participant):
    certificate = build_certificate(participant, by=coordinator)
    Certificate.objects.filter(pk=certificate.pk).update(
        snapshot={**certificate.snapshot, "language": "en", "course": {"text": ["Grundlagen"], "language": "de"}}
    )

    page = main(signed_in(participant).get(address(certificate)))

    assert re.findall(r"<h(\d)", page) == ["1", "2", "3", "3"]
    assert ['lang="en"' in page, 'lang="de"><strong>Grundlagen' in page] == [True, True]


def test_only_the_owner_and_coordinators_know_of_it(
    client, signed_in, coordinator, participant, other_participant, trainer, agency_contact
):
    run = build_finished_run(trainers=[trainer])
    url = address(build_certificate(participant, by=coordinator, run=run))

    assert client.get(url).status_code == 302
    assert [signed_in(one).get(url).status_code for one in (other_participant, trainer, agency_contact)] == [404] * 3
    assert [signed_in(one).get(url).status_code for one in (participant, coordinator)] == [200, 200]
    assert "no-store" in signed_in(participant).get(url)["Cache-Control"]


def test_it_says_whether_the_certificate_holds_and_leads_to_the_pdf(signed_in, coordinator, participant):
    certificate = build_certificate(participant, by=coordinator)
    page = main(signed_in(participant).get(address(certificate)))
    assert ["gültig" in page, certificate.get_absolute_url() in page] == [True, True]

    new = issuing.replace(certificate, Act(coordinator, reason="Heirat"))
    page = main(signed_in(participant).get(address(certificate)))
    assert [f"durch {new.number}" in page, certificate.get_absolute_url() in page, "Heirat" in page] == [
        True,
        False,
        False,
    ]
    render(new)
    issuing.revoke(new, Act(coordinator, reason="Falsche Person"))
    page = main(signed_in(participant).get(address(new)))
    assert ["widerrufen am" in page, "gültig" in page.partition("Was auf der")[0]] == [True, False]
    page = main(signed_in(coordinator).get(address(new)))
    assert ["Falsche Person" in page, new.get_absolute_url() in page] == [True, True]


def test_one_that_ended_before_it_was_printed_is_known_to_coordinators_alone(signed_in, coordinator, participant):
    waiting = build_certificate(participant, by=coordinator, rendered=False)
    assert "wird erstellt" in main(signed_in(participant).get(address(waiting)))
    issuing.revoke(waiting, Act(coordinator, reason="Falsch"))

    assert signed_in(participant).get(address(waiting)).status_code == 404
    assert signed_in(coordinator).get(address(waiting)).status_code == 200


def test_why_an_exception_was_made_is_shown_to_coordinators_and_printed_nowhere(signed_in, coordinator, participant):
    run = build_finished_run()
    registration = build_attended(run, participant, minutes=100)
    [issued] = issuing.issue(run, Act(coordinator, reason="Kind erkrankt"), registrations=[registration])
    certificate = render(issued)

    assert "Kind erkrankt" in main(signed_in(coordinator).get(address(certificate)))
    assert "Kind erkrankt" not in main(signed_in(participant).get(address(certificate)))
    assert "Kind" not in pypdf.PdfReader(io.BytesIO(bytes(certificate.pdf))).pages[0].extract_text()
    assert "Kind erkrankt" not in str(certificate.snapshot)


def test_the_list_leads_to_the_page(signed_in, coordinator, participant):
    certificate = build_certificate(participant, by=coordinator)

    assert address(certificate) in main(signed_in(participant).get(reverse("certificates:list")))

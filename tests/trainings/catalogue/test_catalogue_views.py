"""The two public pages: the catalogue and a course."""

import datetime as dt
import json
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import TargetGroup
from tests import builders
from tests.pages import read
from trainings.models import Course, CourseRun, Registration


def cards(response):
    """Titles and runs as shown."""
    return [
        (card.line.title, [run.anchor.removeprefix("termin-") for run in card.runs])
        for card in response.context["cards"]
    ]


def card_of(response, run):
    return next(card for card in response.context["cards"] if card.line.pk == run.pk)


def linked_data(response):
    text = response.content.decode()
    return json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL).group(1))


# --- The catalogue ------------------------------------------------------------------------------


def test_courses_come_by_their_next_run_and_those_without_one_last(client, db):
    idle = builders.build_course("Ohne Termin")
    late = builders.build_run(builders.build_course("Später"), starts_at=builders.in_days(20))
    soon = builders.build_run(builders.build_course("Bald"), starts_at=builders.in_days(5))
    builders.build_course("Entwurf", published_at=None)
    response = client.get(reverse("trainings:catalogue"))
    assert cards(response) == [("Bald", [soon.number]), ("Später", [late.number]), (idle.title, [])]
    assert "Zurzeit kein Termin" in response.content.decode()


def test_a_card_shows_three_runs_and_says_that_there_are_more(client, db):
    course = builders.build_course()
    runs = [builders.build_run(course, starts_at=builders.in_days(day)) for day in (9, 3, 5, 7)]
    response = client.get(reverse("trainings:catalogue"))
    assert cards(response) == [(course.title, [runs[1].number, runs[2].number, runs[3].number])]
    assert response.context["cards"][0].has_more_runs is True
    runs[0].delete()
    assert client.get(reverse("trainings:catalogue")).context["cards"][0].has_more_runs is False


def test_availability_is_told_in_words(client, db):
    course = builders.build_course()
    free = builders.build_run(course, starts_at=builders.in_days(1))
    few = builders.build_run(course, starts_at=builders.in_days(2), capacity=2)
    full = builders.build_run(course, starts_at=builders.in_days(3), capacity=1)
    builders.build_registration(full)
    builders.build_registration(full, status=Registration.Status.WAITLISTED)
    builders.build_registration(full, status=Registration.Status.CANCELLED)
    response = client.get(reverse("trainings:catalogue"))
    shown = {run.pk: run.availability.label for run in response.context["cards"][0].runs}
    assert shown == {free.pk: "frei", few.pk: "nur noch 2 Plätze", full.pk: "Warteliste (1)"}
    assert [label for label in shown.values() if label not in response.content.decode()] == []


def test_a_filter_for_runs_leaves_out_courses_without_one(client, db):
    builders.build_course("Ohne Termin")
    online = builders.build_run(format=CourseRun.Format.ONLINE)
    builders.build_run(online.course, starts_at=builders.in_days(2))
    response = client.get(reverse("trainings:catalogue"), {"format": "online"})
    assert cards(response) == [(online.course.title, [online.number])]
    assert f"{reverse('trainings:calendar')}?format=online" in response.content.decode()


def test_a_wrong_value_is_named_beside_its_field_and_the_rest_applies(client, db):
    basic = builders.build_course("Basis", level=Course.Level.BASIC)
    builders.build_course("Fach", level=Course.Level.SPECIALIST)
    response = client.get(reverse("trainings:catalogue"), {"stufe": "basic", "monat": "bald"})
    assert response.status_code == 200
    assert cards(response) == [(basic.title, [])]
    assert response.context["form"].errors == {"monat": ["Bitte wählen Sie einen Monat aus der Liste."]}
    assert 'id="filter_monat_error"' in response.content.decode()


def test_an_empty_result_says_what_to_do(client, db):
    builders.build_course()
    page = client.get(reverse("trainings:catalogue"), {"q": "Quantenphysik"}).content.decode()
    assert "Fehlt Ihnen ein Thema, schreiben Sie uns." in page
    assert "Filter zurücksetzen" in page


def test_an_empty_catalogue_is_a_page_too(client, db):
    assert "Zurzeit ist keine Schulung veröffentlicht" in client.get(reverse("trainings:catalogue")).content.decode()


def test_twelve_courses_a_page_and_the_filter_stays(client, db):
    for _ in range(13):
        builders.build_course(level=Course.Level.BASIC)
    first = client.get(reverse("trainings:catalogue"), {"stufe": "basic"})
    assert len(first.context["cards"]) == 12
    assert "?stufe=basic&amp;page=2" in first.content.decode()
    second = client.get(reverse("trainings:catalogue"), {"stufe": "basic", "page": "2"})
    assert len(second.context["cards"]) == 1


@pytest.mark.parametrize(("asked", "shown"), [("-7", 1), ("0", 1), ("viele", 1), ("²", 1), ("9" * 40, 1), ("99", 2)])
def test_a_page_that_is_not_there(client, db, asked, shown):
    for _ in range(13):
        builders.build_course()
    assert client.get(reverse("trainings:catalogue"), {"page": asked}).context["page_obj"].number == shown


def test_what_was_searched_is_escaped(client, db):
    page = client.get(reverse("trainings:catalogue"), {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in page
    assert "&quot;&gt;&lt;script&gt;" in page


def test_runs_for_agencies_are_shown_to_their_people(client, signed_in, participant, other_participant, agency):
    run = builders.build_run(visibility=CourseRun.Visibility.AGENCIES, agencies=[agency])
    assert cards(client.get(reverse("trainings:catalogue"))) == [(run.course.title, [])]
    assert cards(signed_in(other_participant).get(reverse("trainings:catalogue"))) == [(run.course.title, [])]
    assert cards(signed_in(participant).get(reverse("trainings:catalogue"))) == [(run.course.title, [run.number])]


def test_the_english_catalogue_marks_what_is_only_german(client, db):
    builders.build_course("Nur deutsch")
    builders.build_course("Auch englisch", title_en="English as well")
    page = client.get(reverse("trainings:catalogue"), headers={"accept-language": "en"}).content.decode()
    assert re.findall(r'<h2 class="kern-title"><a[^>]*>(.*?)</a>', page) == [
        '<span lang="de">Nur deutsch</span>',
        "English as well",
    ]


@pytest.mark.parametrize("number", [1, 3])
def test_the_catalogue_asks_the_same_number_of_questions(client, db, django_assert_num_queries, number):
    builders.build_funding()
    for _ in range(number):
        course = builders.build_course()
        for day in range(number):
            builders.build_registration(builders.build_run(course, starts_at=builders.in_days(day + 1)))
    with django_assert_num_queries(5):
        client.get(reverse("trainings:catalogue"))


# --- A course -----------------------------------------------------------------------------------


def test_a_course_says_everything(client, trainer, db):
    venue = builders.build_venue("Kreishaus", "Koblenz", street="Bahnhofstr. 9", postal_code="56068")
    course = builders.build_course(
        "Basisseminar", groups=[TargetGroup.STAFF, TargetGroup.VOLUNTEERS], summary="Worum es geht",
        goals="Sie gewinnen Sicherheit", contents="Kulturbegriff",
    )  # fmt: skip
    run = builders.build_run(
        course, venue=venue, trainers=[trainer], registration_closes_on=timezone.localdate() + dt.timedelta(days=20),
        sessions=[
            (builders.in_days(30), builders.in_days(30, 12)),
            (builders.in_days(37), builders.in_days(37, 12)),
        ],
    )  # fmt: skip
    page = client.get(course.get_absolute_url()).content.decode()
    expected = [
        "Worum es geht", "Sie gewinnen Sicherheit", "Kulturbegriff", "Mitarbeitende und Ehrenamtliche", "8 UE (6 Std.)",
        "Kreishaus, Bahnhofstr. 9, 56068 Koblenz", "Ngozi Okafor", "(2 Sitzungen)", "vor Ort", "Deutsch",
        reverse("trainings:register", args=[run.pk]),
        *[reverse("trainings:session_calendar", args=[session.pk]) for session in run.sessions.all()],
        f'<link rel="canonical" href="http://127.0.0.1:8000{course.get_absolute_url()}">',
    ]  # fmt: skip
    assert [text for text in expected if text not in page] == []


def test_a_draft_course_is_not_found(client, db):
    assert client.get(builders.build_course(published_at=None).get_absolute_url()).status_code == 404


def test_finished_and_draft_runs_are_not_shown(client, db):
    course = builders.build_course()
    builders.build_run(course, starts_at=builders.in_days(-3))
    builders.build_run(course, published_at=None)
    coming = builders.build_run(course)
    assert [card.line.pk for card in client.get(course.get_absolute_url()).context["cards"]] == [coming.pk]


def test_a_cancelled_run_is_shown_with_its_reason_and_without_a_button(client, run):
    run.cancelled_at, run.cancellation_reason = timezone.now(), "Die Kursleitung ist erkrankt"
    run.save()
    response = client.get(run.course.get_absolute_url())
    assert "Die Kursleitung ist erkrankt" in response.content.decode()
    assert reverse("trainings:register", args=[run.pk]) not in response.content.decode()


@pytest.mark.parametrize(
    ("fields", "objection"),
    [
        ({"visibility": "invitation"}, "Zu diesem Termin lädt die Koordination ein."),
        ({"registration_opens_on": dt.date(2999, 1, 1)}, "Die Anmeldung beginnt am Di., 1. Januar 2999."),
        (
            {"registration_closes_on": dt.date(2020, 1, 1)},
            "Anmeldeschluss war am Mi., 1. Januar 2020. Bitte wenden Sie sich an die Koordination.",
        ),
    ],
)
def test_where_nobody_can_register_the_page_says_why(client, db, fields, objection):
    run = builders.build_run(**fields)
    response = client.get(run.course.get_absolute_url())
    assert card_of(response, run).objection == objection
    assert objection in response.content.decode()
    assert reverse("trainings:register", args=[run.pk]) not in response.content.decode()


def test_people_of_another_group_hear_so(signed_in, participant, db):
    run = builders.build_run(builders.build_course(groups=[TargetGroup.LEADERSHIP]))
    response = signed_in(participant).get(run.course.get_absolute_url())
    assert card_of(response, run).can_register is False
    assert "Diese Schulung richtet sich an: Führungskräfte." in response.content.decode()


@pytest.mark.parametrize(
    ("status", "text"), [("confirmed", "Sie sind angemeldet."), ("waitlisted", "Sie stehen auf der Warteliste.")]
)
def test_people_see_that_they_are_registered(signed_in, participant, run, status, text):
    builders.build_registration(run, participant, status=status)
    page = signed_in(participant).get(run.course.get_absolute_url()).content.decode()
    assert text in page
    assert reverse("trainings:register", args=[run.pk]) not in page


def test_somebody_elses_registration_or_a_past_one_changes_nothing(signed_in, participant, other_participant, run):
    builders.build_registration(run, other_participant)
    builders.build_registration(run, participant, status=Registration.Status.CANCELLED)
    response = signed_in(participant).get(run.course.get_absolute_url())
    assert card_of(response, run).can_register is True
    assert "Weber" not in response.content.decode()


def test_a_full_run_offers_the_waitlist(client, db):
    run = builders.build_run(capacity=1)
    builders.build_registration(run)
    assert "Auf die Warteliste" in client.get(run.course.get_absolute_url()).content.decode()


def test_the_online_link_is_not_public(signed_in, participant, db):
    run = builders.build_run(format=CourseRun.Format.ONLINE, online_link="https://konferenz.example/geheim")
    page = signed_in(participant).get(run.course.get_absolute_url()).content.decode()
    assert "konferenz.example" not in page


def test_linked_data(client, trainer, db):
    course = builders.build_course("Basis & mehr </script><script>alert(1)</script>", groups=[TargetGroup.STAFF])
    venue = builders.build_venue("Kreishaus", "Koblenz", street="Bahnhofstr. 9", postal_code="56068")
    run = builders.build_run(
        course,
        venue=venue,
        trainers=[trainer],
        sessions=[(builders.berlin(2999, 7, 1, 9), builders.berlin(2999, 7, 1, 16, 30))],
    )
    response = client.get(course.get_absolute_url())
    data = linked_data(response)
    url = f"http://127.0.0.1:8000{course.get_absolute_url()}"
    assert "<script>alert" not in response.content.decode()
    assert data["name"] == course.title
    assert data["offers"]["price"] == 0
    assert data["hasCourseInstance"] == [
        {
            "@type": "CourseInstance",
            "@id": f"{url}#{run.anchor}",
            "courseMode": "onsite",
            "courseWorkload": "PT6H",
            "inLanguage": "de",
            "eventStatus": "https://schema.org/EventScheduled",
            "location": [
                {
                    "@type": "Place",
                    "name": "Kreishaus",
                    "address": {
                        "@type": "PostalAddress",
                        "addressLocality": "Koblenz",
                        "addressCountry": "DE",
                        "streetAddress": "Bahnhofstr. 9",
                        "postalCode": "56068",
                    },
                }
            ],
            "instructor": [{"@type": "Person", "name": "Ngozi Okafor"}],
            "offers": {
                "@type": "Offer",
                "price": 0,
                "priceCurrency": "EUR",
                "category": "Free",
                "url": f"{url}#{run.anchor}",
                "availability": "https://schema.org/InStock",
            },
            "startDate": "2999-07-01T09:00:00+02:00",
            "endDate": "2999-07-01T16:30:00+02:00",
        }
    ]


def test_linked_data_of_a_cancelled_online_run(client, db):
    run = builders.build_run(format=CourseRun.Format.ONLINE, cancelled_at=timezone.now(), cancellation_reason="krank")
    instance = linked_data(client.get(run.course.get_absolute_url()))["hasCourseInstance"][0]
    assert instance["courseMode"] == "online"
    assert instance["eventStatus"] == "https://schema.org/EventCancelled"
    assert instance["location"][0]["@type"] == "VirtualLocation"


@pytest.mark.parametrize("number", [1, 3])
def test_a_course_asks_the_same_number_of_questions(client, trainer, django_assert_num_queries, number):
    builders.build_funding()
    course = builders.build_course()
    for day in range(number):
        builders.build_registration(builders.build_run(course, starts_at=builders.in_days(day + 1), trainers=[trainer]))
    with django_assert_num_queries(9):
        client.get(course.get_absolute_url())


@pytest.mark.parametrize("number", [1, 3])
def test_signed_in_the_pages_ask_little_more(signed_in, participant, django_assert_max_num_queries, number):
    builders.build_funding()
    course = builders.build_course()
    for day in range(number):
        builders.build_registration(builders.build_run(course, starts_at=builders.in_days(day + 1)), participant)
    client = signed_in(participant)
    client.get(reverse("trainings:catalogue"))
    with django_assert_max_num_queries(11):
        client.get(reverse("trainings:catalogue"))
    with django_assert_max_num_queries(13):
        client.get(course.get_absolute_url())


def test_a_run_that_has_begun_is_no_next_run(db, client):
    course = builders.build_course("Basismodul")
    builders.build_run(
        course,
        sessions=[
            (builders.in_days(-3, 9), builders.in_days(-3, 16)),
            (builders.in_days(3, 9), builders.in_days(3, 16)),
        ],
    )
    builders.build_run(course, starts_at=builders.in_days(20))
    cards = client.get("/").context["cards"]
    assert [[run.starts_at for run in card.runs] for card in cards] == [[builders.in_days(20)]]


# --- To be printed --------------------------------------------------------------------------------


@pytest.mark.slow
def test_all_that_is_to_come_can_be_printed_from_one_page(client, db):
    titles = [f"Kurs Nr. {number:02}" for number in range(14)]
    for title in titles:
        course = builders.build_course(title)
        for day in range(30, 36):
            builders.build_run(course, starts_at=builders.in_days(day))
    first = read(client.get("/"))
    assert len([title for title in titles if title in first.text]) < len(titles)
    whole = read(client.get(first.links["alle Termine auf einer Seite, zum Drucken"]))
    assert [title for title in titles if title not in whole.text] == []
    assert whole.text.count("9:00–16:30 Uhr") == 6 * len(titles)
    assert "Weitere Termine" not in whole.text
    assert "alle=1" not in whole.links["auf mehreren Seiten zeigen"]


def test_the_language_of_a_training_is_said_to_english_readers_also_where_it_is_german(signed_in, participant):
    run = builders.build_run()
    address = f"/termine/{run.pk}/anmelden/"
    client = signed_in(participant)
    assert "Kurssprache" not in read(client.get(address)).text
    client.cookies["django_language"] = "en"
    assert "Language of the training German" in read(client.get(address)).text


def test_why_a_run_is_called_off_is_marked_as_german_for_english_readers(client, db):
    run = builders.build_run(cancelled_at=timezone.now(), cancellation_reason="Raum gesperrt")
    client.cookies["django_language"] = "en"
    assert '<span lang="de">Raum gesperrt</span>' in client.get(run.course.get_absolute_url()).content.decode()

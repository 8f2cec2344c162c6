"""Does everybody read what holds for a run before they sign in, and where there is a place instead?"""

import re

import pytest
from django.core import mail
from django.urls import reverse

from accounts.models import TargetGroup
from tests import builders
from tests.pages import read
from trainings import booking, catalogue, mails
from trainings.acts import Act
from trainings.models import CourseRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return builders.build_course("Fachtag", groups=[TargetGroup.STAFF])


def run_in(course, days: int, **fields) -> CourseRun:
    return builders.build_run(course, starts_at=builders.in_days(days), **fields)


def fill(run: CourseRun) -> None:
    CourseRun.objects.filter(pk=run.pk).update(capacity=1)
    booking.register(run, person := builders.build_person(), Act(person))


def test_rules_are_read_without_signing_in(client, course):
    run = run_in(
        course, 30, approval=CourseRun.Approval.REQUIRED, prerequisite_rule=CourseRun.Strictness.BINDING,
        group_rule=CourseRun.Strictness.BINDING, language="en",
    )  # fmt: skip
    course.prerequisites.add(builders.build_course("Grundkurs"))
    text = read(client.get(course.get_absolute_url())).text
    for rule in catalogue.rules_of(run):
        assert rule.sentence in text
    for sentence in (
        "Vorgesetzte müssen zustimmen.",
        "Vorausgesetzt wird: Grundkurs.",
        "Nur Mitarbeitende.",
        "Englisch",
    ):
        assert sentence in text


def test_by_invitation_says_how_one_gets_invited(client, course):
    run_in(course, 30, visibility=CourseRun.Visibility.INVITATION)
    text = read(client.get(course.get_absolute_url())).text
    assert "Möchten Sie eingeladen werden, merken Sie bei der Schulung Ihr Interesse vor." in text


def test_beside_a_full_date_stands_the_next_free_one(client, course):
    fill(run_in(course, 20))
    free, later = run_in(course, 30), run_in(course, 40)
    page = read(client.get(course.get_absolute_url()))
    addresses = [link for words, link in page.links.items() if words.startswith("Diesen Termin nehmen")]
    assert addresses == [f"/termine/{free.pk}/anmelden/"]
    fill(free)
    page = read(client.get(course.get_absolute_url()))
    addresses = {link for words, link in page.links.items() if words.startswith("Diesen Termin nehmen")}
    assert addresses == {f"/termine/{later.pk}/anmelden/"}


def test_who_has_a_place_is_offered_no_other(signed_in, participant, course):
    fill(run_in(course, 20))
    booking.register(run_in(course, 30), participant, Act(participant))
    run_in(course, 40)
    page = read(signed_in(participant).get(course.get_absolute_url()))
    assert not any(words.startswith("Diesen Termin nehmen") for words in page.links)


def test_many_full_dates_ask_no_more_than_one(client, course, django_assert_max_num_queries):
    for days in range(20, 45):
        fill(run_in(course, days))
    free = run_in(course, 50)
    with django_assert_max_num_queries(16):
        page = client.get(course.get_absolute_url())
    assert page.content.decode().count(reverse("trainings:register", args=[free.pk])) == 20
    with django_assert_max_num_queries(16):
        assert client.get(f"{course.get_absolute_url()}?page=2").context["page_obj"].paginator.count == 26


def test_free_instead_names_only_what_one_may_take(participant, course, django_assert_num_queries):
    full, own, invited, other, free = (run_in(course, days) for days in (20, 21, 22, 23, 24))
    fill(full)
    builders.build_registration(own, participant)
    CourseRun.objects.filter(pk=invited.pk).update(visibility=CourseRun.Visibility.INVITATION)
    CourseRun.objects.filter(pk=other.pk).update(visibility=CourseRun.Visibility.AGENCIES)
    elsewhere = run_in(builders.build_course(), 22)
    with django_assert_num_queries(5):
        assert catalogue.free_instead([full, elsewhere], participant) == {full.pk: free}
    with django_assert_num_queries(0):
        assert catalogue.free_instead([], participant) == {}


# --- for search engines and whoever shares an address --------------------------------------------------


def test_search_engines_are_told_which_pages_there_are(client, course, settings):
    settings.DEMO = False
    hidden = builders.build_course("Entwurf", published_at=None)
    lines = client.get("/robots.txt").text.splitlines()
    assert "Disallow: /verwaltung/" in lines
    assert lines[-1] == f"Sitemap: {settings.PUBLIC_URL}/sitemap.xml"
    urls = re.findall(r"<loc>([^<]+)</loc>", client.get("/sitemap.xml").text)
    assert any(url.endswith(course.get_absolute_url()) for url in urls)
    assert not any(hidden.slug in url for url in urls)
    for url in urls:
        assert client.get("/" + url.split("/", 3)[3]).status_code == 200


def test_a_demo_is_in_no_search_engine(client, settings):
    settings.DEMO = True
    assert "Disallow: /" in client.get("/robots.txt").text.splitlines()


def test_a_shared_address_shows_title_and_sentence(client, course):
    course.__class__.objects.filter(pk=course.pk).update(summary='Ein Satz mit "Anführung".')
    page = client.get(course.get_absolute_url()).text
    assert '<meta property="og:title" content="Fachtag">' in page
    assert '<meta property="og:description" content="Ein Satz mit &quot;Anführung&quot;.">' in page


# --- a free run of the same course, wherever one would wait ------------------------------------------------


@pytest.fixture
def full_and_free(course):
    full = run_in(course, 20)
    fill(full)
    return full, run_in(course, 30)


def taken_instead(page) -> list[str]:
    return [link for words, link in page.links.items() if words.startswith("Diesen Termin nehmen")]


def test_whoever_would_wait_reads_where_there_is_a_place(signed_in, participant, full_and_free):
    full, free = full_and_free
    client = signed_in(participant)
    address = [f"/termine/{free.pk}/anmelden/"]
    assert taken_instead(read(client.get(f"/termine/{full.pk}/anmelden/"))) == address
    assert taken_instead(read(client.get(f"/termine/{free.pk}/anmelden/"))) == []
    answer = client.post(f"/termine/{full.pk}/anmelden/", {"needs": ""}, follow=True)
    assert taken_instead(read(answer)) == address
    assert taken_instead(read(client.get("/meine-schulungen/"))) == address


def test_the_mail_that_one_waits_says_it_too(participant, full_and_free, settings):
    full, free = full_and_free
    booking.register(full, participant, Act(participant))
    mails.deliver_due()
    [sent] = [one for one in mail.outbox if one.to == [participant.email]]
    assert f"{settings.PUBLIC_URL}/termine/{free.pk}/anmelden/" in sent.body
    assert "Frei ist ein anderer Termin dieser Schulung" in sent.body


def test_taking_it_ends_the_wait(signed_in, participant, full_and_free):
    full, free = full_and_free
    booking.register(full, participant, Act(participant))
    signed_in(participant).post(f"/termine/{free.pk}/anmelden/", {"needs": ""})
    assert [row.run_id for row in participant.registrations.all() if row.is_active] == [free.pk]


def test_a_german_title_on_an_english_page_breaks_no_tag(client, course):
    page = client.get(course.get_absolute_url(), headers={"accept-language": "en"}).text
    assert '<meta property="og:title" content="Fachtag">' in page


def test_no_run_is_named_that_would_refuse_for_the_same_reason(signed_in, participant, full_and_free):
    full, free = full_and_free
    booking.register(free, participant, Act(participant))
    run_in(full.course, 40)
    page = read(signed_in(participant).get(f"/termine/{full.pk}/anmelden/"))
    assert "besteht schon ein Platz" in page.text
    assert taken_instead(page) == []


def test_however_many_are_for_others_the_next_free_places_are_shown(signed_in, participant):
    for days in range(20, 41):
        run = run_in(builders.build_course(groups=["leadership"]), days)
        CourseRun.objects.filter(pk=run.pk).update(only_for_group="leadership", group_rule="binding")
    theirs = run_in(builders.build_course(), 60)
    shown = signed_in(participant).get(reverse("trainings:catalogue")).context["next_free"]
    assert [line.pk for line, _course in shown] == [theirs.pk]

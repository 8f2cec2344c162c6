"""The words of the paper: which may be saved, what is put in, which version a paper bears, and what is drawn."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from pypdf import PdfReader
from pypdf.generic import ArrayObject

from certificates import issuing, paper
from certificates.models import Certificate, Wording
from certificates.paper import content, page, render
from tests import builders
from tests.certificates.builders import build_attended, build_certificate, build_finished_run, build_snapshot
from tests.certificates.paper.test_page import LONG_NAME, LONG_TITLE, SIX_MEETINGS, TWELVE_CONTENTS, failures, text_of
from trainings import mail_texts, versions
from trainings.acts import Act
from trainings.models import Course
from trainings.printing import pdf as printing
from trainings.printing.pdf import NotPrintable

GOLDEN = Path(__file__).parent / "golden"
LONG = {
    "name": LONG_NAME,
    "course": {"text": [LONG_TITLE], "language": "de"},
    "contents": {"text": TWELVE_CONTENTS, "language": "de"},
    "meetings": SIX_MEETINGS,
    "minutes_attended": 2100,
    "minutes_held": 2160,
}
SIGNATORIES = [
    "Miriam Roth, Koordination",
    "Dr. Karl-Heinz Freiherr von Musterhausen-Beispielberg, Leiter des Referats für Integration und Migration",
    "Ngozi Okafor, Kursleitung",
]
FACTS = dict.fromkeys(paper.PLACEHOLDERS, "?") | {"name": "Ayşe {number} <b>", "course": "Grundlagen"}


def build_text(language: str = "de", **changes) -> paper.WordingText:
    return {**paper.DEFAULT_WORDING[language], **changes}


def signed(language: str = "de", number: int = 2) -> paper.WordingText:
    return build_text(language, version=1, sign_off="signatures", signatories=SIGNATORIES[:number])


# --- placeholders -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("dass {name}", "dass Ayşe {number} <b>"),
        ("{{name}} und }}{{", "{name} und }{"),
        ("{{{course}}}", "{Grundlagen}"),
        ("<i>50 %</i> %(name)s $name", "<i>50 %</i> %(name)s $name"),
    ],
)
def test_placeholders_are_filled_once_and_doubled_braces_are_braces(text, printed):
    assert mail_texts.filled_text(text, FACTS) == printed
    assert paper.problems_of_text(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "{vorname}",
        "{}",
        "{0}",
        "{name.__class__}",
        "{name[0]}",
        "{name!r}",
        "{name:>9}",
        "{ name }",
        "{Name}",
        "{",
        "a } b",
        "{{name}",
    ],
)
def test_nothing_but_plain_known_names_is_a_placeholder(text):
    with pytest.raises(mail_texts.Malformed):
        mail_texts.filled_text(text, FACTS)
    assert paper.problems_of_text(text)[-1] == (
        "Erlaubt sind: {name} {course} {units} {hours} {dates} {place} {issuer} {number}."
    )


def test_a_letter_that_cannot_be_printed_is_told_when_the_words_are_typed():
    assert paper.problems_of_text("Danke 🙂") == ["Keine Schrift der Bescheinigung enthält: 🙂 (U+1F642)"]


def test_the_facts_are_those_of_the_snapshot_in_its_language():
    assert paper.snapshot_facts(build_snapshot(meetings=SIX_MEETINGS, minutes_attended=350)) == {
        "name": "Ayşe Yıldız",
        "course": "Interkulturelle Kompetenz für die Verwaltung",
        "units": "7 Unterrichtseinheiten",
        "hours": "5 Stunden 50 Minuten",
        "dates": "03.03.2026–18.03.2026",
        "place": "Kreishaus, Koblenz",
        "issuer": "Landkreis Mayen-Koblenz",
        "number": "MYK-2026-000123",
    }
    english = paper.snapshot_facts(build_snapshot(language="en", minutes_attended=45))
    assert [english[name] for name in ("units", "hours", "dates")] == ["1 teaching unit", "45 minutes", "10 Mar 2026"]


# --- versions ---------------------------------------------------------------------------------------------------------


def test_each_saving_is_a_version_of_its_language_and_the_newest_holds(coordinator):
    first = paper.save_wording("de", build_text(closing="Danke."), Act(coordinator))
    second = paper.save_wording("de", build_text(closing="Vielen Dank.", version=1), Act(coordinator))
    english = paper.save_wording("en", build_text("en", closing="Thank you."), Act(coordinator))

    assert [(row.language, row.version, row.saved_by) for row in (first, second, english)] == [
        ("de", 1, coordinator),
        ("de", 2, coordinator),
        ("en", 1, coordinator),
    ]
    assert [row.closing for row in versions.history(paper.current_wording("de"))] == ["Vielen Dank.", "Danke."]
    assert paper.words_in_use("de") == build_text(closing="Vielen Dank.", version=2)


def test_saving_what_is_already_so_makes_no_version(coordinator):
    assert paper.save_wording("de", build_text(), Act(coordinator)) is None
    paper.save_wording("de", signed() | {"version": 0}, Act(coordinator))
    assert paper.save_wording("de", signed(), Act(coordinator)) is None
    assert Wording.objects.count() == 1


def test_who_saves_over_words_not_seen_is_told_whose_they_are(coordinator):
    first = paper.save_wording("de", build_text(closing="Danke."), Act(coordinator))

    with pytest.raises(versions.Outdated) as outdated:
        paper.save_wording("de", build_text(closing="Anders."), Act(coordinator))

    assert outdated.value.latest == first
    assert paper.words_in_use("de")["closing"] == "Danke."


def test_malformed_words_are_not_saved_and_versions_are_unique(coordinator):
    with pytest.raises(mail_texts.Malformed):
        paper.save_wording("de", build_text(closing="{vorname}"), Act(coordinator))
    paper.save_wording("de", build_text(closing="Danke."), Act(coordinator))
    with pytest.raises(IntegrityError), transaction.atomic():
        Wording.objects.create(language="de", version=1, certifies="x", attended="x", saved_by=coordinator)
    assert Wording.objects.count() == 1


# --- what a certificate keeps -----------------------------------------------------------------------------------------


def test_a_certificate_keeps_its_words_whatever_is_saved_later(coordinator, participant):
    paper.save_wording("de", build_text(closing="{name} war {hours} dabei.", version=0), Act(coordinator))
    certificate = build_certificate(participant, by=coordinator, rendered=False)
    before = page.pdf(certificate.snapshot)
    paper.save_wording("de", build_text(closing="Anders.", version=1), Act(coordinator))

    assert (certificate.template_version, certificate.snapshot["template_version"]) == ("2026-4/de-1", "2026-4/de-1")
    assert certificate.snapshot["wording"]["closing"] == "{name} war {hours} dabei."
    pdf = bytes(render(Certificate.objects.get(pk=certificate.pk)).pdf)
    assert pdf == before
    assert "Ayşe Yıldız war 6 Stunden dabei." in text_of(pdf)


def test_the_words_are_those_of_the_persons_language(coordinator):
    paper.save_wording("de", signed() | {"version": 0}, Act(coordinator))
    run = build_finished_run()
    for language in ("de", "en"):
        build_attended(run, builders.build_person(language=language))

    issued = issuing.issue(run, Act(coordinator))

    assert {one.language: one.template_version for one in issued} == {"de": "2026-4/de-1", "en": "2026-4/en-0"}


def test_names_of_those_who_do_not_sign_are_not_kept(coordinator, participant):
    paper.save_wording("de", build_text(signatories=SIGNATORIES[:1]), Act(coordinator))

    certificate = build_certificate(participant, by=coordinator, rendered=False)

    assert certificate.snapshot["wording"]["signatories"] == []


@pytest.mark.parametrize(
    ("name", "changes"),
    [("de", {}), ("en", {"language": "en", "minutes_attended": 350}), ("long", LONG)],
)
def test_a_snapshot_from_before_there_were_versions_gives_the_paper_of_then(settings, name, changes):
    """Byte for byte: as the HTML and the rules of 2026-1, kept here, are drawn by the same libraries."""
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], GOLDEN]}]
    html = (GOLDEN / f"2026-1-{name}.html").read_text(encoding="utf-8")
    with printing.no_warnings():
        of_then = printing.written(printing.laid_out(html, stylesheet="2026-1.css"))
    old = build_snapshot(template_version="2026-1", **changes)
    assert "wording" not in old

    assert page.pdf(old) == of_then
    if name != "long":  # for which there is a better density now
        assert page.pdf({**old, "wording": paper.DEFAULT_WORDING[old["language"]]}) == of_then


# --- the paper --------------------------------------------------------------------------------------------------------


def test_the_signed_paper_has_names_and_functions_and_not_the_sentence_of_the_machine():
    text = build_text(
        certifies="Wir bescheinigen <b>gern</b>, dass",
        closing="Der Umfang betrug {units}.",
        sign_off="signatures",
        signatories=["Miriam Roth, Koordination", "Ngozi Okafor"],
    )

    printed = text_of(page.pdf(build_snapshot(wording=text)))

    assert "Wir bescheinigen <b>gern</b>, dass Ayşe Yıldız an der Schulung" in printed
    assert (
        "Der Umfang betrug 8 Unterrichtseinheiten. Koblenz, 23. November 2026 Miriam Roth Koordination Ngozi Okafor "
        "Echtheit prüfen"
    ) in printed
    assert "maschinell" not in printed


@pytest.mark.slow
@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("number_of_signatories", [0, 1, 3])
@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("Ayşe Yıldız", {}),
        (LONG_NAME, LONG),
        ("محمد الحسيني", {}),
        ("Nguyễn Thị Phượng Ánh", {}),
        ("გიორგი მაისურაძე", {}),
    ],
    ids=["turkish", "long", "arabic", "vietnamese", "georgian"],
)
def test_every_variant_is_one_accessible_page_read_in_order(language, number_of_signatories, name, changes):
    text = signed(language, number_of_signatories) if number_of_signatories else build_text(language)

    pdf = page.pdf(build_snapshot(**{"language": language, "wording": text, "name": name, **changes}))

    assert failures(pdf) == []
    assert texts_read(pdf) == texts_drawn(pdf)
    assert landmarks(pdf) == ["/H1", "/H2", "/Figure", "/H2", "/Figure"]
    printed = text_of(pdf)
    parts = ["Teilnahmebescheinigung" if language == "de" else "Certificate of attendance", text["certifies"]]
    if name in ("Ayşe Yıldız", "Nguyễn Thị Phượng Ánh"):
        parts.append(name)
    parts += [text["attended"], "Interkulturelle", "Koblenz, 23"]
    if number_of_signatories:
        parts.append("Miriam Roth")
    parts += ["7K3M-XQ9A-RTB2-5WZH", "AMIF-1"]
    assert sorted(parts, key=printed.index) == parts


@pytest.mark.slow
def test_samples_are_marked_and_valid_and_their_code_is_nobodys(db):
    builders.build_funding()
    longest_there_may_be = Course._meta.get_field("title").max_length
    course = builders.build_course(LONG_TITLE[:longest_there_may_be].strip(), contents="\n".join(TWELVE_CONTENTS))
    builders.build_course("Kurz")
    builders.build_person(first_name=LONG_NAME[:60], last_name=LONG_NAME[61:])
    for language, mark in (("de", "Muster"), ("en", "Sample")):
        for text in (build_text(language), signed(language, 3)):
            invented = paper.sample_pdf(paper.INVENTED_FACTS, language, text)
            longest = paper.sample_pdf(paper.LONGEST, language, text)
            assert failures(invented) + failures(longest) == []
            assert [texts_read(pdf) == texts_drawn(pdf) for pdf in (invented, longest)] == [True, True]
            assert [text_of(pdf).startswith(f"{mark} Landkreis") for pdf in (invented, longest)] == [True, True]
            assert PdfReader(io.BytesIO(invented)).metadata.title.startswith(f"{mark}: ")
            assert all(content in text_of(longest) for content in (course.title, *TWELVE_CONTENTS))
            assert "0000-0000-0000-0000" in text_of(invented)
    assert Certificate.objects.count() == 0


def test_a_letter_no_typeface_has_is_an_error_on_the_signed_paper_too():
    with pytest.raises(NotPrintable, match=r"李 \(U\+674E\)$"):
        page.pdf(build_snapshot(name="李", wording=signed()))
    with pytest.raises(NotPrintable, match=r"李 \(U\+674E\)$"):
        page.pdf(build_snapshot(wording=build_text(sign_off="signatures", signatories=["李, Leitung"])))


def test_the_frame_has_room_for_a_line_about_the_seal():
    frame = {"frame": content.FRAME, "density": "roomy", "sample": False}
    context = {**content.of(build_snapshot()), **frame}

    html = [
        render_to_string("certificates/paper/certificate_de.html", {**context, "sealed": sealed}) for sealed in (0, 1)
    ]

    assert [page.count('class="machine"') for page in html] == [1, 2]


# --- what a screen reader reads ---------------------------------------------------------------------------------------


def walk(pdf: bytes) -> Iterator[tuple[list[str], int]]:
    """The marked content in the order of the structure tree, which is the one read aloud, with the roles above it."""

    def below(node: Any, roles: list[str]) -> Iterator[tuple[list[str], int]]:
        node = node.get_object()
        if isinstance(node, ArrayObject):
            for child in node:
                yield from below(child, roles)
        elif isinstance(node, int):
            yield roles, int(node)
        elif "/MCID" in node:
            yield roles, int(node["/MCID"])
        elif "/K" in node:
            yield from below(node["/K"], [*roles, node["/S"]])

    return below(PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/StructTreeRoot"]["/K"], [])


def texts_read(pdf: bytes) -> list[int]:
    return [number for roles, number in walk(pdf) if "/Figure" not in roles]


def texts_drawn(pdf: bytes) -> list[int]:
    """In the order of the page's content, which is the one of text that is copied; pictures come last there."""
    pictures = {number for roles, number in walk(pdf) if "/Figure" in roles}
    contents = PdfReader(io.BytesIO(pdf)).pages[0].get_contents().get_data().decode("latin-1")
    return [number for number in map(int, re.findall(r"/MCID (\d+)", contents)) if number not in pictures]


def landmarks(pdf: bytes) -> list[str]:
    return [role for roles, _number in walk(pdf) for role in roles if role in ("/H1", "/H2", "/Figure")]

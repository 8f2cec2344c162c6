"""Is there one way to refuse, and one way to show it?"""

import ast
from pathlib import Path

from django import forms
from django.conf import settings

from tests.sources import nodes_of
from trainings.forms.refusing import show, show_within
from trainings.refusals import Reason, Refused

LATE = Reason("late", "Zu spät.", field="day")
FULL = Reason("full", "Kein Platz.")

# What is technically impossible or cannot be read, and what brings data for a page of its own. Everything else that is
# against the rules is Refused.
OTHER_FAILURES = {
    "Broken",
    "CannotReset",
    "Damaged",
    "DoesNotHold",
    "JobFailed",
    "LineTooLong",
    "MailboxUnavailable",
    "Malformed",
    "Missing",
    "NotPrintable",
    "NotSealable",
    "NotSignable",
    "Outdated",
    "OutdatedWording",
    "StalePreview",
    "TooManyLines",
    "TooMuch",
    "UnknownCharacters",
    "Unprintable",
    "Unreadable",
    "UnreadableEntry",
    "UnreadableExport",
    "UnreadableTable",
    "_NotThere",  # rows of an export, listed in its preview
    "_NotUnderstood",
}


class DayForm(forms.Form):
    day = forms.CharField(required=False)
    place = forms.CharField(required=False)


def test_a_reason_is_shown_beside_its_field_and_the_others_above_the_form():
    form = DayForm({})
    assert show(form, Refused(LATE, FULL)) == [FULL]
    assert form.errors == {"day": ["Zu spät."]}


def test_without_such_a_field_every_reason_is_for_the_top_of_the_page():
    form = forms.Form({})
    assert show(form, Refused(LATE, FULL)) == [LATE, FULL]
    assert form.errors == {}


def test_a_page_with_no_other_place_says_it_within_the_form():
    form = DayForm({})
    show_within(form, Refused(LATE, FULL))
    assert form.errors == {"day": ["Zu spät."], "__all__": ["Kein Platz."]}
    form = DayForm({})
    show_within(form, Refused(FULL), otherwise="place")
    assert form.errors == {"place": ["Kein Platz."]}


def test_what_is_against_the_rules_has_no_exception_of_its_own():
    failures = {
        node.name
        for app in ["accounts", "trainings", "certificates", "demo"]
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py")
        for node in nodes_of(path, having="Exception|ValueError")
        if isinstance(node, ast.ClassDef) and {"Exception", "ValueError"} & {ast.unparse(base) for base in node.bases}
    }
    assert failures - OTHER_FAILURES - {"Refused"} == set(), "raise Refused with a Reason, if it is against the rules"

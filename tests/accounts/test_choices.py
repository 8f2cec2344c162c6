"""Are agencies offered and listed in one order, whatever the database thinks of umlauts?"""

import importlib
import inspect
import pkgutil
import re

import pytest
from django import forms
from django.urls import reverse

import accounts
import certificates
import trainings
from accounts.choices import AgencyField, ByName
from accounts.models import Agency, User
from tests.builders import build_agency, build_registration, build_run, in_days
from tests.pages import read
from trainings import booking, catalogue, reporting
from trainings.acts import Act
from trainings.models import CourseRun, Registration
from trainings.planning import AgencyResource
from trainings.reporting import Period

IN_ORDER = ["Ämterverbund", "amt Nord", "Kreis Süd", "Öffentliche Stelle", "Ortsgemeinde"]


@pytest.fixture
def agencies(db):
    """Entered from the last to the first, so that the order of their keys is not theirs."""
    return {name: build_agency(name, domain="") for name in reversed(IN_ORDER)}


def forms_of_ours():
    for app in (accounts, trainings, certificates):
        for module in pkgutil.walk_packages(app.__path__, f"{app.__name__}."):
            if ".migrations" in module.name or ".management" in module.name:
                continue
            for _name, found in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
                if issubclass(found, forms.BaseForm) and found.__module__ == module.name:
                    yield found


def test_every_choice_of_people_or_agencies_is_in_the_order_of_names():
    fields = {
        f"{form.__module__}.{form.__name__}.{name}": field
        for form in forms_of_ours()
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field, forms.ModelChoiceField)
        and field.queryset.model in {Agency, User}
        and not isinstance(field.widget, forms.HiddenInput)
    }
    assert len(fields) >= 5
    unsorted = {name for name, field in fields.items() if not issubclass(field.iterator, ByName)}
    assert unsorted == set(), "take accounts.choices.AgencyField, or its iterator ByName"


def assert_in_order(text):
    assert list(dict.fromkeys(re.findall("|".join(IN_ORDER), text))) == IN_ORDER


def test_choices_lists_and_files(agencies, coordinator, signed_in):
    assert_in_order(str(list(AgencyField().choices)))
    assert_in_order(str(AgencyResource().export(Agency.objects.all())["Name"]))
    for page in [reverse("trainings:new_person"), reverse("admin:accounts_user_changelist")]:
        assert_in_order(read(signed_in(coordinator).get(page)).text)


def test_agencies_of_a_run(agencies, coordinator, signed_in):
    run = build_run(visibility=CourseRun.Visibility.AGENCIES)
    run.agencies.set(agencies.values())
    for agency in agencies.values():
        booking.set_contingent(run, agency, Act(coordinator), reserved=1, maximum=None, release_on=in_days(1).date())
    [rule] = [str(rule) for rule in catalogue.rules_of(run) if rule.code == "visibility"]
    reserved = booking.explain_queue(run).kept
    assert [kept.agency.name for kept in reserved] == IN_ORDER
    shown = [
        rule,
        *(
            read(signed_in(coordinator).get(reverse(f"trainings:{name}", args=[run.pk]))).text
            for name in ["coordination_run", "run_contingents"]
        ),
    ]
    for text in shown:
        assert_in_order(text)


def test_agencies_of_a_report(agencies, coordinator):
    run = build_run(starts_at=in_days(-3, 9), ends_at=in_days(-3, 12))
    for agency in agencies.values():
        registration = build_registration(run)
        Registration.objects.filter(pk=registration.pk).update(agency=agency)
    figures = reporting.figures_of(Period(in_days(-30).date(), in_days(0).date()))
    assert [part.name for part in figures.agencies] == IN_ORDER

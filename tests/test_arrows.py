"""Does no app name one above it, by string, template tag or relation, where the import linter does not look?

What a lower app must know of a higher one is registered from above when the apps start (``ready`` in ``apps.py``):
periodic jobs, additions to pages, permissions, endings of standing access, people of the demo. Templates outside the
folders of the apps (navigation, footer, legal pages) belong to the site, like ``config/urls.py``, and may name all.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from tests.sources import nodes_of

ROOT = Path(__file__).resolve().parent.parent
APPS = ["accounts", "trainings", "certificates", "evidence", "demo"]  # from below
TEMPLATES = {
    "accounts": ["account", "accounts"],
    "trainings": ["emails", "trainings"],
    "certificates": ["certificates"],
    "evidence": ["evidence"],
}
# By app, as (file, name), each with the reason why it may stay.
EXCEPTIONS: dict[str, set[tuple[str, str]]] = {}


def above(app: str) -> list[str]:
    return APPS[APPS.index(app) + 1 :]


@cache
def relations_from_above(app: str) -> set[str]:
    """The names by which the models of the app have rows of apps above."""
    fields = (field for model in apps.get_app_config(app).get_models() for field in model._meta.related_objects)
    return {
        name
        for field in fields
        if field.related_model._meta.app_label in above(app) and (name := field.get_accessor_name())
    }


def tag_libraries(app: str) -> set[str]:
    return {path.stem for path in (ROOT / app / "templatetags").glob("[!_]*.py")}


def named_in_python(nodes: Sequence[ast.AST], app: str) -> Iterator[str]:
    relations = relations_from_above(app)
    docstrings = {
        id(node.body[0].value)
        for node in nodes
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in nodes:
        match node:
            case ast.Constant(value=str(text)) if id(node) not in docstrings:
                if text.partition("__")[0].lstrip("-") in relations or names_an_app(text, app):
                    yield text
            case ast.Attribute(attr=name) if name in relations:
                yield name
            case ast.keyword(arg=str(name)) if name.partition("__")[0] in relations:
                yield name


def named_in_template(source: str, app: str) -> Iterator[str]:
    code = " ".join(re.findall(r"{[{%].*?[%}]}", source, re.DOTALL))
    names = relations_from_above(app)
    if names:
        yield from re.findall(rf"\.({'|'.join(sorted(names))})\b", code)
    yield from (text for text in re.findall(r"""["'](.*?)["']""", code) if names_an_app(text, app))
    loaded = {word for tag in re.findall(r"{% load (.*?) %}", code) for word in tag.split()}
    yield from loaded & {library for higher in above(app) for library in tag_libraries(higher)}


def names_an_app(text: str, app: str) -> bool:
    """As a path of a module, a view, a template or a page of the back office."""
    return any(re.search(rf"(?<![\w:-]){higher}[.:/]\w|admin:{higher}_", text) for higher in above(app))


def findings(app: str) -> set[tuple[str, str]]:
    found = set()
    for path in (ROOT / app).rglob("*.py"):
        if "migrations" not in path.parts:
            found |= {(str(path.relative_to(ROOT)), name) for name in named_in_python(nodes_of(path), app)}
    for folder in TEMPLATES.get(app, []):
        for path in (ROOT / "templates" / folder).rglob("*.*"):
            if path.suffix in {".html", ".txt", ".css"}:
                found |= {(str(path.relative_to(ROOT)), name) for name in named_in_template(path.read_text(), app)}
    return found


def test_every_app_has_its_place():
    assert [name for name in settings.INSTALLED_APPS if (ROOT / name).is_dir()] == APPS, "name it in APPS of this file"


@pytest.mark.parametrize("app", APPS)
def test_no_app_names_one_above_it(app):
    named, known = findings(app), EXCEPTIONS.get(app, set())
    assert named - known == set(), "register it from above, in ready() of the higher app"
    assert known - named == set(), "take them from EXCEPTIONS of this file"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('reverse("trainings:catalogue")', ["trainings:catalogue"]),
        ('import_string("certificates.issuing.clean_up")', ["certificates.issuing.clean_up"]),
        ('reverse("admin:trainings_course_add")', ["admin:trainings_course_add"]),
        ('render(request, "trainings/planning/run.html")', ["trainings/planning/run.html"]),
        ("person.taught_runs.exists()", ["taught_runs"]),
        ("User.objects.filter(registrations__run=run)", ["registrations__run"]),
        ('User.objects.annotate(n=Count("registrations"))', ["registrations"]),
        ('from django.contrib import messages\nmessages.error(request, "Wer an Schulungen teilnimmt")', []),
        ('def f():\n    """Asked by trainings.views."""', []),
    ],
)
def test_what_names_an_app_above_in_python(source, found):
    assert list(named_in_python(list(ast.walk(ast.parse(source))), "accounts")) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("{% url 'trainings:catalogue' %}", ["trainings:catalogue"]),
        ('{% include "certificates/issuing/_own.html" %}', ["certificates/issuing/_own.html"]),
        ("{% load i18n trainings_text %}", ["trainings_text"]),
        ("{% if person.taught_runs.all %}", ["taught_runs"]),
        ('<a href="/trainings/x">{{ person.full_name }}</a>', []),
    ],
)
def test_what_names_an_app_above_in_a_template(source, found):
    assert list(named_in_template(source, "accounts")) == found

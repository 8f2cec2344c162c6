"""What does the table of courses look like?"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from accounts.models import TargetGroup
from accounts.tables import AsideYesNo, Choice, Column, Number, Several, Text, YesNo
from trainings.acts import Act
from trainings.models import Course
from trainings.planning.courses import save_course, slug_of
from trainings.planning.operated import OperatedResource


class CourseResource(OperatedResource):
    key = "number"
    file_name = "schulungen"

    number = Number("number", "Nummer", "Nr.", required=True)
    title = Column("title", "Titel", required=True)
    title_en = Column("title_en", "Titel (englisch)")
    slug = Column("slug", "Adresse")
    level = Choice("level", "Stufe", choices=Course.Level.choices, required=True)
    target_groups = Several(
        "target_groups", "Zielgruppen", "Zielgruppe", item=Choice("group", "Zielgruppe", choices=TargetGroup.choices)
    )
    teaching_units = Number("teaching_units", "Unterrichtseinheiten", "UE", required=True)
    refresh_after_years = Number(
        "refresh_after_years", "Auffrischen nach Jahren", "Auffrischen nach (Jahren)", default=None
    )
    summary = Text("summary", "Kurzbeschreibung")
    summary_en = Text("summary_en", "Kurzbeschreibung (englisch)")
    goals = Text("goals", "Ziele")
    goals_en = Text("goals_en", "Ziele (englisch)")
    contents = Text("contents", "Inhalte")
    contents_en = Text("contents_en", "Inhalte (englisch)")
    search_words = Text("search_words", "Suchwörter")
    with_badge = YesNo("with_badge", "Open Badge", default=False)
    published = AsideYesNo("published", "Veröffentlicht", default=False)

    class Meta:
        model = Course

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._slugs: dict[str, int] = {}

    def carry_out(self, row: Course, values: Mapping[str, Any], act: Act) -> Course:
        return save_course(row, values, act)

    def get_queryset(self) -> models.QuerySet[Course]:
        return Course.objects.prefetch_related("target_group_rows")

    def objects_named(self, keys: set[str]) -> Iterable[Course]:
        courses = list(self.get_queryset())
        self._slugs = {course.slug: course.number for course in courses}
        return courses

    def stored_values(self, instance: Course) -> Mapping[str, Any]:
        groups = [row.group for row in instance.target_group_rows.all()]
        return {"target_groups": groups, "published": instance.published_at is not None}

    def import_instance(self, instance: Course, row: Mapping[str, str], **kwargs: Any) -> None:
        slug_before = instance.slug
        super().import_instance(instance, row, **kwargs)
        if not instance.slug:
            instance.slug = slug_before or self._free_slug(instance)
        if slug_before and instance.slug != slug_before and instance.published_at:
            raise ValidationError({"slug": _("Die Adresse einer veröffentlichten Schulung ändert sich nicht mehr.")})

    def _free_slug(self, course: Course) -> str:
        base = slug_of(course.title) or f"schulung-{course.number}"
        return base if base not in self._slugs else f"{base}-{course.number}"

    def problems_with(self, instance: Course) -> dict[str, str]:
        if self._slugs.setdefault(instance.slug, instance.number) != instance.number:
            return {"slug": _("Eine andere Schulung hat bereits diese Adresse.")}
        if instance.published_at and not self.columns["published"].get_value(instance):
            return {"published": _("Veröffentlichtes wird nicht über eine Tabelle zurückgezogen.")}
        return {}

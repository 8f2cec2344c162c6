from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EvidenceConfig(AppConfig):
    name = "evidence"
    verbose_name = _("Nachweise")

    def ready(self) -> None:
        from evidence import additions, doors, retention  # noqa: PLC0415  once the models are there
        from trainings import people, periodic  # noqa: PLC0415

        doors.declare()
        additions.register_all()
        for source in retention.EVIDENCE:
            people.register(source)
        periodic.register(
            "retention of evidence",
            retention.clean_up,
            every=timedelta(days=1),
            after_the_end=True,
            label=_("Löschfristen der Nachweise"),
        )

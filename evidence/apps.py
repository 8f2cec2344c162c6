from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EvidenceConfig(AppConfig):
    name = "evidence"
    verbose_name = _("Nachweise")

    def ready(self) -> None:
        from certificates.models import Certificate  # noqa: PLC0415
        from evidence import additions, doors, dossiers, promises, retention  # noqa: PLC0415  once the models are there
        from trainings import keeping, people, periodic, queues  # noqa: PLC0415
        from trainings.models import SheetScan  # noqa: PLC0415

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
        promises.declare()
        queues.register("dossiers", dossiers.make_due, backlog=dossiers.backlog)
        keeping.hold(SheetScan, dossiers.scans_needed)
        keeping.hold(Certificate, dossiers.certificates_needed)

from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = _("Teilnahmebescheinigungen")

    def ready(self) -> None:
        # These need the models; checks register themselves.
        from certificates import additions, checks, issuing, mails, paper, promises  # noqa: F401, PLC0415
        from trainings import attended, people, periodic, planning, queues, unsettled  # noqa: PLC0415

        mails.declare()
        promises.declare()
        additions.register_all()
        attended.register_proof(issuing.is_certified)
        planning.on_preview.append(issuing.remark_on_change)
        planning.on_preview_of_master_data.append(issuing.remark_on_master_data)
        unsettled.register(issuing.runs_left)
        for source in issuing.EVIDENCE:
            people.register(source)
        queues.register("certificates", paper.render_due, backlog=paper.backlog)
        periodic.register(
            "retention of certificates",
            issuing.clean_up,
            every=timedelta(days=1),
            after_the_end=True,
            label=_("Löschfristen der Bescheinigungen"),
        )

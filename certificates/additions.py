"""What do pages of trainings show of certificates?"""

from certificates import issuing
from certificates.models import Certificate
from trainings.additions import Place, register


def register_all() -> None:
    register(Place.DESK, "certificates/issuing/_outdated.html", lambda _coordinator: issuing.outdated())
    register(Place.DESK, "certificates/issuing/_unprintable.html", lambda _coordinator: issuing.unprintable())
    register(Place.DESK_LINKS, "certificates/_desk_links.html")
    register(Place.RUN_ACTIONS, "certificates/issuing/_run_action.html")
    register(Place.AGENCY_ACTIONS, "certificates/issuing/_agency_action.html")
    register(
        Place.MY_TRAININGS,
        "certificates/issuing/_own.html",
        lambda person: list(Certificate.objects.of(person).valid().with_file().without_bytes()),
    )

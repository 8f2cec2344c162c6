"""Says at the start what is missing where this machine cannot make PDF files."""

from typing import Any

from django.core.checks import CheckMessage, Warning, register

from trainings.pango import INSTALL, missing_packages


@register()
def pango_is_installed(**kwargs: Any) -> list[CheckMessage]:
    missing = missing_packages()
    if not missing:
        return []
    names = ", ".join(missing)
    return [
        Warning(
            f"Certificates and sign-in sheets cannot be made, because {names} is missing. Everything else works.",
            hint=f"On Debian: {INSTALL}",
            id="certificates.W001",
        )
    ]

"""Can this machine make PDF files? WeasyPrint needs Pango, which pip cannot install."""

import ctypes
from typing import Any

from django.core.checks import CheckMessage, Warning, register

# Debian package: the names its library has on Linux, macOS and Windows.
_LIBRARIES = {
    "libpango-1.0-0": ("libpango-1.0.so.0", "libpango-1.0.dylib", "libpango-1.0-0.dll"),
    "libpangoft2-1.0-0": ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib", "libpangoft2-1.0-0.dll"),
    "libharfbuzz-subset0": ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib", "libharfbuzz-subset-0.dll"),
}
INSTALL = f"apt-get install --no-install-recommends {' '.join(_LIBRARIES)}"


def missing_packages() -> list[str]:
    """The Debian packages whose library cannot be loaded."""
    return [package for package, names in _LIBRARIES.items() if not any(map(_loads, names))]


@register()
def pango_is_installed(**kwargs: Any) -> list[CheckMessage]:
    missing = missing_packages()
    if not missing:
        return []
    return [
        Warning(
            f"Certificates cannot be rendered, because {', '.join(missing)} is missing. Everything else works.",
            hint=f"On Debian: {INSTALL}",
            id="certificates.W001",
        )
    ]


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True

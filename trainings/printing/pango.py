"""Can this machine make PDF files? WeasyPrint needs Pango, which pip cannot install."""

import ctypes

# Debian package: the names its library has on Linux, macOS and Windows.
_LIBRARIES = {
    "libpango-1.0-0": ("libpango-1.0.so.0", "libpango-1.0.dylib", "libpango-1.0-0.dll"),
    "libpangoft2-1.0-0": ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib", "libpangoft2-1.0-0.dll"),
    "libharfbuzz-subset0": ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib", "libharfbuzz-subset-0.dll"),
}
INSTALL_PANGO = f"apt-get install --no-install-recommends {' '.join(_LIBRARIES)}"


def missing_packages() -> list[str]:
    """The Debian packages whose library cannot be loaded."""
    return [package for package, names in _LIBRARIES.items() if not any(map(_loads, names))]


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True

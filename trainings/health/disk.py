"""Is there room left where this process writes?"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import connection

LEAST = 500 * 1024 * 1024  # bytes; a database that cannot grow stops the site


class Room(NamedTuple):
    folder: Path
    free: int  # bytes


def short_of_room() -> list[Room]:
    """Folders of file systems that are nearly full, each file system once."""
    found: dict[int, Room] = {}
    for folder in written_to():
        try:
            free, device = shutil.disk_usage(folder).free, os.stat(folder).st_dev
        except OSError:
            continue  # not there: ``doctor`` says so
        if free < LEAST:
            found.setdefault(device, Room(folder, free))
    return list(found.values())


def written_to() -> list[Path]:
    """Where uploads pass through, and where a database on this machine and collected files lie, if they do."""
    folders = [Path(tempfile.gettempdir()), Path(settings.VAR_DIR), Path(str(settings.STATIC_ROOT))]
    if connection.vendor == "sqlite":
        folders.append(Path(str(connection.settings_dict["NAME"])).parent)
    return [folder for folder in folders if folder.is_dir()]

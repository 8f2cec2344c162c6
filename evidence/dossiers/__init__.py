"""What does the funder get? A dossier of a period: made once, kept as it was, checked by anybody."""

from evidence.dossiers.asking import ask_for, ask_for_supplement
from evidence.dossiers.checking import LARGEST_MANIFEST, dossier_with, seconds_to_wait
from evidence.dossiers.ending import certificates_needed, delete_superseded, empty, scans_needed
from evidence.dossiers.frozen import (
    cautions,
    changed_since_last,
    differences_from,
    hand_in,
    handed_in_of,
    numbers_handed_in,
)
from evidence.dossiers.making import backlog, make_due
from evidence.dossiers.taking import altered, file_name_of, take_out

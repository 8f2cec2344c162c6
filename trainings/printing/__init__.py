"""How does HTML become a PDF? ``trainings.printing.pdf`` needs Pango and is imported inside functions."""

from trainings.printing.pango import INSTALL_PANGO, missing_packages
from trainings.printing.qr_codes import FIXED_MASK, qr_path, qr_picture, qr_svg

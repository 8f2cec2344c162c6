"""How does an address, or a code, become a QR code that a page can draw or a mail can carry? (ISO/IEC 18004)"""

import io
import itertools

import segno

QUIET_ZONE = 4  # modules around the code
FIXED_MASK = 3  # looking for the best of the eight takes one to three milliseconds


def qr_path(text: str, *, mask: int | None = None) -> tuple[str, int]:
    """The code as the data of one SVG path to be stroked one wide, and its width in modules; error correction M.

    ``mask``: one of the eight patterns laid over it, every one of which any scanner reads; else the best is looked for.
    """
    code = segno.make(text, error="m", micro=False, mask=mask)
    runs = []
    for y, row in enumerate(code.matrix, start=QUIET_ZONE):
        x = QUIET_ZONE
        for dark, modules in itertools.groupby(row):
            width = len(list(modules))
            if dark:
                runs.append(f"M{x} {y}.5h{width}")
            x += width
    return "".join(runs), len(code.matrix) + 2 * QUIET_ZONE


def qr_picture(text: str, scale: int = 8) -> bytes:
    """The same as a PNG, for mail programs, which draw no SVG; ``scale`` pixels for each module."""
    file = io.BytesIO()
    segno.make(text, error="m", micro=False, mask=FIXED_MASK).save(file, kind="png", scale=scale, border=QUIET_ZONE)
    return file.getvalue()


def qr_svg(text: str) -> str:
    """The code as a drawing of its own."""
    path, size = qr_path(text)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path stroke="#000" d="{path}"/></svg>'

"""Where does a seal go in a tagged PDF? Into a field without extent, drawn with the page, that screen readers find.

What seals a PDF would add a field of its own, outside of the structure: that breaks PDF/UA-1 (ISO 14289-1, 7.18.1 and
7.18.4). Import this module inside functions, as ``trainings.printing``.
"""

from typing import Any

import pydyf  # type: ignore[import-untyped]

NAME = "Siegel"
DESCRIPTIONS = {"de": "Elektronisches Siegel", "en": "Electronic seal"}
_PRINT_AND_LOCKED = 132  # ISO 32000-1, table 165


def add_signature_field(document: Any, pdf: Any) -> None:
    """A finisher of WeasyPrint: an empty signature field on the first page."""
    structure = _resolved(pdf, pdf.catalog["StructTreeRoot"])
    parents = _resolved(pdf, structure["ParentTree"])["Nums"]
    top = _resolved(pdf, structure["K"][0])
    page_reference = pdf.page_references[0]
    page = _resolved(pdf, page_reference)
    key = max(parents[::2]) + 1
    field = pydyf.Dictionary(
        {
            "Type": "/Annot",
            "Subtype": "/Widget",
            "FT": "/Sig",
            "T": pydyf.String(NAME),
            "TU": pydyf.String(DESCRIPTIONS.get(document.metadata.lang, NAME)),
            "F": _PRINT_AND_LOCKED,
            "Rect": pydyf.Array([0, 0, 0, 0]),
            "P": page_reference,
            "StructParent": key,
        }
    )
    pdf.add_object(field)
    element = pydyf.Dictionary(
        {
            "Type": "/StructElem",
            "S": "/Form",
            "P": top.reference,
            "K": pydyf.Dictionary({"Type": "/OBJR", "Obj": field.reference, "Pg": page_reference}),
        }
    )
    pdf.add_object(element)
    top["K"].append(element.reference)
    parents.extend([key, element.reference])
    page.setdefault("Annots", pydyf.Array()).append(field.reference)
    pdf.catalog["AcroForm"] = pydyf.Dictionary({"Fields": pydyf.Array([field.reference]), "SigFlags": 3})


def _resolved(pdf: Any, reference: bytes) -> Any:
    return pdf.objects[int(reference.split()[0])]

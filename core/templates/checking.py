"""Everything that must be right before a template is published."""

from __future__ import annotations

from core.errors import Fault
from core.kinds import Checked, check_item
from core.rendering.fonts import FontLibrary
from core.templates.document import TemplateDocument
from core.templates.drawing import layout_faults
from core.templates.names import check_names


def check_template(document: TemplateDocument, *, fonts: FontLibrary) -> list[Fault]:
    """All faults of a document that is right in its form: names, layout, sample. Pointers into the document."""
    layout = [
        Fault(f"/layout{fault.pointer}", fault.code, fault.detail) for fault in layout_faults(document, fonts)
    ]
    return [*check_names(document), *layout, *_sample_faults(document)]


def _sample_faults(document: TemplateDocument) -> list[Fault]:
    if not document.sample:
        return []
    match check_item(document.kind, document.sample):
        case Checked():
            return []
        case faults:
            return [Fault(f"/sample{fault.pointer}", fault.code, fault.detail) for fault in faults]

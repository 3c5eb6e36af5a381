"""Everything that must be right before a template is published."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from core.errors import Fault, InvalidRequest
from core.rendering.checks import check_layout
from core.rendering.errors import RenderingError
from core.rendering.fonts import FontLibrary
from core.rendering.placeholders import MalformedTemplateError, parse_template
from core.storage import FileMissing
from core.templates.catalogue import LoadedTemplate
from core.templates.drawing import Pictures
from core.templates.names import check_names
from core.templates.sample import draw_sample


def check_template(
    template: LoadedTemplate, *, pictures: Pictures, fonts: FontLibrary, today: date
) -> list[Fault]:
    """All faults of a document that is right in its form; pointers into the document.

    Where nothing else is wrong its sample is drawn, or stand-ins for every value: what cannot draw these is refused.
    """
    document = template.document
    layout = check_layout(document.layout, fonts=fonts, assets=document.assets)
    faults = [Fault(f"/layout{fault.pointer}", fault.code, fault.detail) for fault in layout]
    try:
        parse_template(document.title)
    except MalformedTemplateError as error:
        faults.append(Fault("/title", "bad_placeholder", f"This is no text with placeholders: {error}."))
    faults += check_names(document)
    return faults or _drawing_faults(template, pictures, fonts, today)


def _drawing_faults(
    template: LoadedTemplate, pictures: Pictures, fonts: FontLibrary, today: date
) -> list[Fault]:
    try:
        draw_sample(template, pictures=pictures, fonts=fonts, today=today)
    except InvalidRequest as error:
        return [replace(fault, pointer=f"/sample{fault.pointer}") for fault in error.faults]
    except RenderingError as error:
        what = "its sample" if template.document.sample else "stand-ins for its values"
        where = f"/sample/{error.field}" if error.field in template.document.sample else "/layout"
        name = f"{error.field}: " if error.field else ""
        return [Fault(where, error.code, f"The layout cannot draw {what}. {name}{error.detail}.")]
    except FileMissing as missing:
        return [Fault("/assets", "missing_image", f"A picture is not in storage: {missing}.")]
    return []

"""From an item to a scene: values written out, the issuer's and the document's facts added, the layout composed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from core.kept import Kept
from core.kinds import ImageReference, Presented, Values, format_money, present, typeset_date
from core.rendering.compose import PreparedLayout, prepare
from core.rendering.fonts import FontLibrary
from core.rendering.placeholders import Template, parse_template
from core.rendering.preflight import drawn_assets, preflight
from core.rendering.proof import proof
from core.rendering.report import Report, ShownPicture
from core.rendering.scene import ImageSource, Scene
from core.rendering.values import Value
from core.templates.catalogue import LoadedTemplate
from core.templates.document import TemplateDocument

Pictures = Callable[[str], ImageSource]
"""A stored picture by its digest; raises `FileMissing`."""

IssuerValues = Mapping[str, str | ImageReference]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a document has of its own, whatever its kind."""

    number: str
    code: str
    verify_url: str
    issue_date: date


@dataclass(frozen=True, slots=True)
class Drawing:
    """A document, fitted and placed, and the title that its PDF carries."""

    scene: Scene
    title: str


@dataclass(frozen=True, slots=True)
class _Ready:
    """What all documents of a template version share."""

    layout: PreparedLayout
    title: Template
    own_pictures: tuple[ShownPicture, ...]


_READY_TEMPLATES: Final = 128
_ready: Final[Kept[tuple[str, FontLibrary], _Ready]] = Kept(_READY_TEMPLATES, lambda _: 1)


def draw(
    template: LoadedTemplate,
    values: Values,
    issuer: IssuerValues,
    facts: Facts,
    *,
    pictures: Pictures,
    fonts: FontLibrary,
) -> Drawing:
    """Draw one document. `issuer` is what `spas.issuer_values` gives.

    Raises `RenderingError` where a value cannot be drawn as the layout asks, and what `pictures` raises.
    """
    ready = _ready_for(template, pictures, fonts)
    known = _known(template.document, values, issuer, facts, pictures)
    title = ready.title.filled(known) or facts.number
    return Drawing(ready.layout.compose(known), " ".join(title.split()))


def examine(
    template: LoadedTemplate,
    values: Values,
    issuer: IssuerValues,
    facts: Facts,
    *,
    own_pictures: Pictures,
    pictures: Pictures,
    fonts: FontLibrary,
) -> Report:
    """What `draw` would come upon, all of it. `own_pictures` are the template's; those of the item need not have their bytes.

    Raises what these raise, and `RenderingError` where a part cannot be drawn that every document of the template has.
    """
    ready = _ready_for(template, own_pictures, fonts)
    report = preflight(ready.layout, _known(template.document, values, issuer, facts, pictures))
    return replace(report, own_pictures=ready.own_pictures)


def examine_template(
    document: TemplateDocument,
    values: Values,
    issuer: IssuerValues,
    facts: Facts,
    *,
    assets: Mapping[str, ImageSource],
    pictures: Pictures,
    fonts: FontLibrary,
) -> Report:
    """All that one document of a template would come upon, each finding with its place in the layout. `assets` are the
    template's pictures by name. Raises what `pictures` raises, and LayoutError."""
    return proof(
        document.layout,
        _known(document, values, issuer, facts, pictures),
        fonts=fonts,
        assets=assets,
        language=document.language,
        format_amount=format_money,
    )


def _ready_for(template: LoadedTemplate, pictures: Pictures, fonts: FontLibrary) -> _Ready:
    # A digest stands for the whole document, so what was made ready for it serves for ever.
    return _ready.get((template.digest, fonts), lambda _: _make_ready(template.document, pictures, fonts))


def _make_ready(document: TemplateDocument, pictures: Pictures, fonts: FontLibrary) -> _Ready:
    # The template's own pictures, by the names that its layout uses.
    assets = {name: pictures(identity.removeprefix("sha256:")) for name, identity in document.assets.items()}
    layout = prepare(
        document.layout,
        fonts=fonts,
        assets=assets,
        language=document.language,
        format_amount=format_money,
    )
    return _Ready(layout, parse_template(document.title), drawn_assets(document.layout, assets))


def _known(
    document: TemplateDocument, values: Values, issuer: IssuerValues, facts: Facts, pictures: Pictures
) -> dict[str, Value]:
    """Every placeholder that has a value. What is the item's own comes before what every document has."""
    presented = present(document.kind, values, date_format=document.date_format, language=document.language)
    shared: dict[str, Presented] = {
        "number": facts.number,
        "code": facts.code,
        "verify_url": facts.verify_url,
        "issue_date": typeset_date(facts.issue_date, document.date_format, document.language),
    }
    return {
        name: pictures(value.digest) if isinstance(value, ImageReference) else value
        for name, value in {**shared, **issuer, **presented}.items()
    }

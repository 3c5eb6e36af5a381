"""A layout's elements made ready: styles looked up, texts parsed, paths read, millimetres turned into points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.rendering import layout
from core.rendering.drawables import Conditional, Drawable, Drawn, QrBox, Shape, Together
from core.rendering.engraving import border_shapes, guilloche_shapes, seal_shapes
from core.rendering.errors import RenderingError
from core.rendering.lines import side_of
from core.rendering.pictures import PictureBox, SignatureBox
from core.rendering.placeholders import parse_template
from core.rendering.scene import Fill, ImageSource, Part, Path, Still, Stroke
from core.rendering.shapes import MM, Matrix, line, placed, rectangle, transformed
from core.rendering.styles import StyleBook, color_of
from core.rendering.svgpath import parse_path
from core.rendering.textboxes import TextBox, sizes_between
from core.rendering.wording import Phrase, Wording


class Workshop:
    """Makes elements ready with one layout's styles and the template's assets."""

    def __init__(self, styles: StyleBook, assets: Mapping[str, ImageSource]) -> None:
        self.styles = styles
        self._assets = assets

    def ready(self, elements: Sequence[layout.Element]) -> Together:
        """Elements that may still be moved, as those of a flow's blocks are."""
        return Together(tuple(_conditional(element, self._part(element)) for element in elements))

    def drawn(self, elements: Sequence[layout.Element], dx: float = 0.0, dy: float = 0.0) -> Together:
        """Elements at their final place, which is `dx` and `dy` from where they stand.

        What is the same in every document is drawn already. Raises RenderingError where such a part can't be drawn.
        """
        parts: list[Drawable] = []
        still: list[Part] = []
        for element in elements:
            if is_static(element):
                self._part(element).draw({}, dx, dy, still)
                continue
            if still:
                parts.append(_drawn(still))
                still = []
            parts.append(_conditional(element, self._placed(element, dx, dy)))
        if still:
            parts.append(_drawn(still))
        return Together(tuple(parts))

    def _placed(self, element: layout.Element, dx: float, dy: float) -> Drawable:
        if isinstance(element, layout.Group):
            return self.drawn(element.elements, dx + element.x * MM, dy + element.y * MM)
        part = self._part(element)
        return Together((part,), dx, dy) if dx or dy else part

    def wording(self, text: str | None, runs: Sequence[layout.Run], style: str) -> Wording:
        own = self.styles.style(style)
        if text is not None:
            return Wording((Phrase(parse_template(text), own),))
        phrases = (
            Phrase(
                parse_template(run.text),
                own if run.style is None else self.styles.style(run.style),
                run.when,
                run.unless,
                parse_template(run.join) if run.join else None,
            )
            for run in runs
        )
        return Wording(tuple(phrases))

    def _part(self, element: layout.Element) -> Drawable:
        match element:
            case layout.Text():
                return self._text(element)
            case layout.Image():
                return self._image(element)
            case layout.Signature():
                return self._signature(element)
            case layout.Qr():
                return _qr(element)
            case layout.Line():
                path = line(element.x1 * MM, element.y1 * MM, element.x2 * MM, element.y2 * MM)
                return _shape(path, element)
            case layout.Rectangle():
                box = (element.x * MM, element.y * MM, element.width * MM, element.height * MM)
                return _shape(rectangle(*box, element.radius * MM), element, fill=element.fill)
            case layout.Ornament():
                return _ornament(element)
            case layout.Guilloche():
                return guilloche_shapes(element)
            case layout.Border():
                return border_shapes(element)
            case layout.Seal():
                return seal_shapes(element, self.styles)
            case layout.Group():
                inner = self.ready(element.elements)
                return Together(inner.parts, element.x * MM, element.y * MM)

    def _text(self, element: layout.Text) -> TextBox:
        style = self.styles.style(element.style)
        return TextBox(
            wording=self.wording(element.text, element.runs, element.style),
            style=style,
            x=element.x * MM,
            y=element.y * MM,
            width=element.width * MM,
            height=element.height * MM,
            side=side_of(element.align, right_to_left=self.styles.right_to_left),
            vertical=element.vertical,
            sizes=sizes_between(style.size, element.min_size or style.size),
            max_lines=element.max_lines,
        )

    def _image(self, element: layout.Image) -> PictureBox:
        return picture_box(element, None if element.asset is None else self._asset(element.asset))

    def _asset(self, name: str) -> ImageSource:
        if name not in self._assets:
            raise RenderingError("missing_image", "", f"the template has no asset {name!r}")
        return self._assets[name]

    def _signature(self, element: layout.Signature) -> SignatureBox:
        style = self.styles.style(element.style)
        x, y, width, height = (
            length * MM for length in (element.x, element.y, element.width, element.height)
        )
        picture = PictureBox(
            element.field,
            None,
            x,
            y,
            width,
            height,
            "contain",
            element.align,
            "bottom",
            radius=0.0,
            opacity=1.0,
        )
        sizes = sizes_between(style.size, element.min_size or style.size)
        words = self.wording(f"{{{element.field}}}", (), element.style)
        side = side_of(element.align, right_to_left=self.styles.right_to_left)
        typed = TextBox(words, style, x, y, width, height, side, "bottom", sizes, max_lines=1)
        return SignatureBox(picture, typed)


def picture_box(element: layout.Image, source: ImageSource | None) -> PictureBox:
    """`source` is the asset that the element shows, None where it shows a field."""
    return PictureBox(
        field=element.field or "",
        source=source,
        x=element.x * MM,
        y=element.y * MM,
        width=element.width * MM,
        height=element.height * MM,
        fit=element.fit,
        align=element.align,
        vertical=element.vertical,
        radius=element.radius if element.radius == "circle" else element.radius * MM,
        opacity=element.opacity,
    )


def _conditional(element: layout.Element, part: Drawable) -> Drawable:
    if element.when is None and element.unless is None:
        return part
    return Conditional(part, element.when, element.unless)


def _drawn(parts: Sequence[Part]) -> Drawn:
    return Drawn(Still(tuple([part for part in parts if not isinstance(part, Still)])))


def is_static(element: layout.Element) -> bool:
    """Whether an element is the same in every document."""
    if element.when is not None or element.unless is not None:
        return False
    match element:
        case layout.Text():
            runs = element.runs if element.text is None else (layout.Run(text=element.text),)
            return all(
                run.when is None and run.unless is None and not parse_template(run.join + run.text).names
                for run in runs
            )
        case layout.Image():
            return element.asset is not None
        case layout.Signature():
            return False
        case layout.Qr():
            return not parse_template(element.text).names
        case layout.Group():
            return all(is_static(inner) for inner in element.elements)
        case _:
            return True


def _qr(element: layout.Qr) -> QrBox:
    return QrBox(
        text=parse_template(element.text),
        x=element.x * MM,
        y=element.y * MM,
        size=element.size * MM,
        color=color_of(element.color),
        background=None if element.background is None else color_of(element.background),
        quiet=element.quiet,
        correction=element.correction,
        link=element.link,
    )


def _ornament(element: layout.Ornament) -> Drawable:
    path = parse_path(element.d)
    shapes = [
        _shape(transformed(path, _placement(place)), element, fill=element.fill, even_odd=element.even_odd)
        for place in element.at
    ]
    return Together(tuple(shapes))


def _placement(place: layout.Placement) -> Matrix:
    return placed(
        x=place.x * MM,
        y=place.y * MM,
        scale_x=place.scale_x * MM,
        scale_y=place.scale_y * MM,
        degrees=place.rotate,
    )


def _shape(
    path: Path,
    element: layout.Line | layout.Rectangle | layout.Ornament,
    *,
    fill: str | None = None,
    even_odd: bool = False,
) -> Shape:
    stroke = None
    if element.stroke is not None:
        stroke = Stroke(
            path=path,
            color=color_of(element.stroke),
            width=element.stroke_width,
            opacity=element.opacity,
            dash=element.dash,
            cap="butt" if isinstance(element, layout.Rectangle) else element.cap,
            join=element.join if isinstance(element, layout.Ornament) else "miter",
        )
    filled = None if fill is None else Fill(path, color_of(fill), element.opacity, even_odd)
    return Shape(filled, stroke)

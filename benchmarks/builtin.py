"""The built-in templates and their sample rows, read from `templates/` without a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from core.artifacts import Rendition
from core.kinds import Checked, Values, check_item
from core.pictures import Decoder, NormalisedImage
from core.rendering.fonts import FontLibrary
from core.rendering.painters import PdfMetadata
from core.rendering.scene import ImageSource
from core.renditions import paint
from core.settings import ROOT
from core.spas import SpaDocument, issuer_values
from core.templates.builtin import FOLDER, read_folder
from core.templates.catalogue import LoadedTemplate
from core.templates.document import digest_of
from core.templates.drawing import Drawing, Facts, IssuerValues, draw
from core.templates.yaml_files import read_yaml

RENDITIONS: Final[tuple[Rendition, ...]] = ("pdf", "png", "thumbnail")
DPI: Final = 150
NAMES: Final = tuple(sorted(path.parent.name for path in FOLDER.glob("*/template.yaml")))
BATCH: Final = 26
"""Documents that come together, as a worker gets them: a chunk's are of one job, which is of one template and of one spa. No
template has fewer samples, so that nobody comes twice; a bulk chunk has 32."""


@dataclass(frozen=True, slots=True)
class Row:
    """A sample row as an accepted item has it."""

    values: Values
    issuer: IssuerValues


class BuiltIns:
    """Draws what a worker draws between reading an item and storing its files. Pictures stay in memory."""

    def __init__(self) -> None:
        self.fonts: Final = FontLibrary.open(ROOT / "fonts")
        self.templates: dict[str, LoadedTemplate] = {}
        self.rows: dict[str, tuple[Row, ...]] = {}
        self._pictures: dict[str, ImageSource] = {}
        self._digests: dict[Path, str] = {}
        self._decoder = Decoder(children=1)
        spas = read_yaml((FOLDER / "spas.yaml").read_bytes())["spas"]
        issuers = {spa["code"]: self._issuer(spa) for spa in spas}
        self.issuers: Final[tuple[IssuerValues, ...]] = ({}, *issuers.values())
        """Of a job without a spa, then of each."""
        for name in NAMES:
            found = read_folder(FOLDER / name, self._decoder)
            for image in found.images.values():
                self._keep(image)
            template = LoadedTemplate(found.id, 1, digest_of(found.document), found.document)
            folder, samples = _samples_of(name)
            self.templates[name] = template
            self.rows[name] = tuple(
                Row(self._values(template, sample["values"], folder), issuers.get(sample.get("spa"), {}))
                for sample in samples
            )
        self._decoder.close()

    @cached_property
    def longest_sheet(self) -> tuple[str, Row]:
        """The template and the row of the daily sheet with the most rows."""
        name = "daily-sheet-classic"
        return name, max(self.rows[name], key=lambda row: len(_table(row)))

    def nth(self, number: int) -> tuple[str, Row]:
        """All templates by turns, a batch of each for one spa or none, as its kind allows; its samples one after another."""
        batch, place = divmod(number, BATCH)
        name = template_of(number)
        rows = self.rows[name]
        lap = batch // len(NAMES)
        row = rows[(lap * BATCH + place) % len(rows)]
        issuers = self.issuers[1:] if self.templates[name].kind.spa_required else self.issuers
        return name, replace(row, issuer=issuers[(batch + lap) % len(issuers)])

    def draw(self, name: str, row: Row, number: int) -> tuple[Drawing, PdfMetadata]:
        """A row, fitted and placed, as the document of that number."""
        template = self.templates[name]
        code = sha256(f"{name} {number}".encode()).hexdigest()[:22]
        prefix = template.kind.number_prefix
        facts = Facts(
            number=f"{prefix}-2026-{number:07d}",
            code=code,
            verify_url=f"https://certificates.example/verify/{code}",
            issue_date=date(2026, 11, 23),
        )
        drawing = draw(
            template, row.values, row.issuer, facts, pictures=self._pictures.__getitem__, fonts=self.fonts
        )
        metadata = PdfMetadata(
            title=drawing.title,
            author=str(row.issuer.get("spa.name", "Certmill")),
            subject=f"{template.kind.label} {facts.number}",
            language=template.language,
            created=datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
        )
        return drawing, metadata

    def render(self, name: str, row: Row, number: int) -> list[bytes]:
        """PDF, PNG at 150 dpi and thumbnail of a row, as the document of that number."""
        drawing, metadata = self.draw(name, row, number)
        painted = paint(drawing.scene, RENDITIONS, dpi=DPI, metadata=metadata, fonts=self.fonts)
        return [rendition.data for rendition in painted]

    def _values(self, template: LoadedTemplate, raw: Mapping[str, Any], folder: Path) -> Values:
        checked = check_item(template.kind, self._adopt(raw, folder))
        assert isinstance(checked, Checked), checked
        return checked.values

    def _issuer(self, spa: Mapping[str, Any]) -> IssuerValues:
        document = SpaDocument.model_validate(self._adopt(spa, FOLDER))
        return issuer_values(document.model_dump(mode="json", exclude_none=True))

    def _adopt(self, value: object, folder: Path) -> object:
        """What stands for `{file: …}` anywhere in a value once the file is uploaded."""
        match value:
            case {"file": str() as file}:
                return f"sha256:{self._digest((folder / file).resolve())}"
            case dict():
                return {name: self._adopt(part, folder) for name, part in value.items()}
            case list():
                return [self._adopt(part, folder) for part in value]
            case _:
                return value

    def _digest(self, path: Path) -> str:
        if path not in self._digests:
            self._digests[path] = self._keep(self._decoder.normalise(path.read_bytes()))
        return self._digests[path]

    def _keep(self, image: NormalisedImage) -> str:
        source = ImageSource(image.digest, image.data, image.media_type, image.width, image.height)
        self._pictures[image.digest] = source
        return image.digest


def template_of(number: int) -> str:
    """Of which template `BuiltIns.nth` is."""
    return NAMES[number // BATCH % len(NAMES)]


def _samples_of(name: str) -> tuple[Path, Sequence[Mapping[str, Any]]]:
    """A template's samples, its own or another's that it shares, and the folder that their pictures are named from."""
    document = read_yaml((FOLDER / name / "template.yaml").read_bytes())
    file = FOLDER / name / str(document.get("samples", "samples.yaml"))
    samples: Sequence[Mapping[str, Any]] = read_yaml(file.read_bytes())["items"]
    return file.parent, samples


def _table(row: Row) -> Any:
    return row.values.get("rows", ())

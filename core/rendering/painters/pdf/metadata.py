"""What a PDF says of itself: the information dictionary and the same in XMP, so that old and new readers agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from html import escape
from typing import Final, NamedTuple

from core.rendering.painters.pdf.syntax import text_string

PRODUCER: Final = "Certmill"

_XMP_HEAD: Final = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
"""
_XMP_TAIL: Final = """</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""
_ONE: Final = "<{0}>{1}</{0}>\n"
_BAG: Final = "<{0}><rdf:Bag><rdf:li>{1}</rdf:li></rdf:Bag></{0}>\n"
_SEQUENCE: Final = "<{0}><rdf:Seq><rdf:li>{1}</rdf:li></rdf:Seq></{0}>\n"
_IN_ANY_LANGUAGE: Final = '<{0}><rdf:Alt><rdf:li xml:lang="x-default">{1}</rdf:li></rdf:Alt></{0}>\n'


@dataclass(frozen=True, slots=True)
class PdfMetadata:
    """What readers show about a document. `language` is a BCP 47 tag such as `en-IN`; `created` knows its zone."""

    title: str
    author: str
    subject: str
    language: str
    created: datetime
    keywords: tuple[str, ...] = ()


def information(metadata: PdfMetadata) -> str:
    """The information dictionary. What is empty is left out."""
    frame = _frame(metadata.author, metadata.language, metadata.created, metadata.keywords)
    return f"<<{_entries(('Title', metadata.title), ('Subject', metadata.subject))}{frame.entries}>>"


def xmp(metadata: PdfMetadata) -> bytes:
    """The same as an XMP packet (ISO 16684-1)."""
    frame = _frame(metadata.author, metadata.language, metadata.created, metadata.keywords)
    own = _properties(
        (_IN_ANY_LANGUAGE, "dc:title", metadata.title), (_IN_ANY_LANGUAGE, "dc:description", metadata.subject)
    )
    return f"{_XMP_HEAD}{own}{frame.properties}{_XMP_TAIL}".encode()


class _Frame(NamedTuple):
    """What the documents of a batch say alike."""

    entries: str
    properties: str


@lru_cache(maxsize=64)
def _frame(author: str, language: str, created: datetime, keywords: tuple[str, ...]) -> _Frame:
    moment = created.astimezone(UTC)
    entries = _entries(
        ("Author", author), ("Keywords", ", ".join(keywords)), ("Creator", PRODUCER), ("Producer", PRODUCER)
    )
    date = f"(D:{moment:%Y%m%d%H%M%SZ})"
    properties = _properties(
        (_SEQUENCE, "dc:creator", author),
        (_BAG, "dc:language", language),
        (_ONE, "dc:format", "application/pdf"),
        (_ONE, "xmp:CreateDate", f"{moment:%Y-%m-%dT%H:%M:%SZ}"),
        (_ONE, "xmp:ModifyDate", f"{moment:%Y-%m-%dT%H:%M:%SZ}"),
        (_ONE, "xmp:CreatorTool", PRODUCER),
        (_ONE, "pdf:Producer", PRODUCER),
        (_ONE, "pdf:Keywords", ", ".join(keywords)),
    )
    return _Frame(f"{entries}/CreationDate {date}/ModDate {date}", properties)


def _entries(*texts: tuple[str, str]) -> str:
    return "".join([f"/{key} {text_string(line)}" for key, text in texts if (line := _line(text))])


def _properties(*properties: tuple[str, str, str]) -> str:
    return "".join(
        [form.format(name, escape(line)) for form, name, text in properties if (line := _line(text))]
    )


def _line(text: str) -> str:
    """Text without what XML 1.0 cannot say: control characters become spaces, lone surrogates and non-characters go."""
    return text if text.isascii() and text.isprintable() else text.translate(_SAID)


_SAID: Final[dict[int, str | None]] = {
    **dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " "),
    **dict.fromkeys((*range(0xD800, 0xE000), 0xFFFE, 0xFFFF)),
}

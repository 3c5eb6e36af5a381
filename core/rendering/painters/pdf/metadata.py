"""What a PDF says of itself: the information dictionary and the same in XMP, so that old and new readers agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Final

from core.rendering.painters.pdf.syntax import dictionary, text_string

PRODUCER: Final = "Certmill"

_XMP: Final = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<dc:format>application/pdf</dc:format>
<xmp:CreateDate>%s</xmp:CreateDate>
<xmp:ModifyDate>%s</xmp:ModifyDate>
<xmp:CreatorTool>Certmill</xmp:CreatorTool>
<pdf:Producer>Certmill</pdf:Producer>
%s
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""
_NO_MARKS: Final = {ord("-"): None, ord("T"): None, ord(":"): None}
_ONE: Final = "<{0}>{1}</{0}>"
_BAG: Final = "<{0}><rdf:Bag><rdf:li>{1}</rdf:li></rdf:Bag></{0}>"
_SEQUENCE: Final = "<{0}><rdf:Seq><rdf:li>{1}</rdf:li></rdf:Seq></{0}>"
_IN_ANY_LANGUAGE: Final = '<{0}><rdf:Alt><rdf:li xml:lang="x-default">{1}</rdf:li></rdf:Alt></{0}>'


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
    texts = {
        "Title": metadata.title,
        "Author": metadata.author,
        "Subject": metadata.subject,
        "Keywords": ", ".join(metadata.keywords),
        "Creator": PRODUCER,
        "Producer": PRODUCER,
    }
    created = f"(D:{_moment(metadata).translate(_NO_MARKS)})"
    entries = {key: text_string(line) for key, text in texts.items() if (line := _line(text))}
    return dictionary({**entries, "CreationDate": created, "ModDate": created})


def xmp(metadata: PdfMetadata) -> bytes:
    """The same as an XMP packet (ISO 16684-1)."""
    created = _moment(metadata)
    properties = (
        (_IN_ANY_LANGUAGE, "dc:title", metadata.title),
        (_SEQUENCE, "dc:creator", metadata.author),
        (_IN_ANY_LANGUAGE, "dc:description", metadata.subject),
        (_BAG, "dc:language", metadata.language),
        (_ONE, "pdf:Keywords", ", ".join(metadata.keywords)),
    )
    lines = [form.format(name, escape(line)) for form, name, text in properties if (line := _line(text))]
    return (_XMP % (created, created, "\n".join(lines))).encode("utf-8")


def _moment(metadata: PdfMetadata) -> str:
    """When the document was made, as XMP writes it: `2026-11-23T09:30:00Z`."""
    return f"{metadata.created.astimezone(UTC).isoformat()[:19]}Z"


def _line(text: str) -> str:
    """Text without what XML 1.0 cannot say: control characters become spaces, lone surrogates and non-characters go."""
    return text if text.isascii() and text.isprintable() else text.translate(_SAID)


_SAID: Final[dict[int, str | None]] = {
    **dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " "),
    **dict.fromkeys((*range(0xD800, 0xE000), 0xFFFE, 0xFFFF)),
}

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
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
<dc:subject><rdf:Bag>{keywords}</rdf:Bag></dc:subject>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
<xmp:CreateDate>{created}</xmp:CreateDate><xmp:ModifyDate>{created}</xmp:ModifyDate>
<xmp:CreatorTool>{producer}</xmp:CreatorTool>
<pdf:Producer>{producer}</pdf:Producer><pdf:Keywords>{all_keywords}</pdf:Keywords>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


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
    """The information dictionary."""
    created = f"(D:{metadata.created.astimezone(UTC):%Y%m%d%H%M%SZ})"
    return dictionary(
        {
            "Title": text_string(_line(metadata.title)),
            "Author": text_string(_line(metadata.author)),
            "Subject": text_string(_line(metadata.subject)),
            "Keywords": text_string(", ".join(map(_line, metadata.keywords))),
            "Creator": text_string(PRODUCER),
            "Producer": text_string(PRODUCER),
            "CreationDate": created,
            "ModDate": created,
        }
    )


def xmp(metadata: PdfMetadata) -> bytes:
    """The XMP packet (ISO 16684-1)."""
    keywords = [escape(_line(keyword)) for keyword in metadata.keywords]
    return _XMP.format(
        title=escape(_line(metadata.title)),
        author=escape(_line(metadata.author)),
        subject=escape(_line(metadata.subject)),
        language=escape(_line(metadata.language)),
        keywords="".join(f"<rdf:li>{keyword}</rdf:li>" for keyword in keywords),
        all_keywords=", ".join(keywords),
        created=f"{metadata.created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        producer=PRODUCER,
    ).encode("utf-8")


def _line(text: str) -> str:
    """Text without what XML 1.0 cannot say: control characters become spaces, lone surrogates and non-characters go."""
    kept = (
        " " if ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 else character for character in text
    )
    return "".join(character for character in kept if not _unspeakable(ord(character)))


def _unspeakable(codepoint: int) -> bool:
    return 0xD800 <= codepoint <= 0xDFFF or codepoint in {0xFFFE, 0xFFFF}

"""WeasyPrint. python -m benchmarks.peers.weasyprint plain|kept

`plain` is the one call of its first page of documentation, with the style in the document. `kept` keeps fonts, style sheet
and pictures between documents, as its chapter on performance shows.
"""

import sys
from typing import Any, Final

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from benchmarks.peers.html import document, stylesheet
from benchmarks.turns import serve
from benchmarks.workload import Recipient, recipient

_POINT: Final = "0.24pt"


def plain(who: Recipient) -> bytes:
    styled = document(who, _POINT).replace("<body>", f"<style>{stylesheet(_POINT)}</style><body>")
    return _bytes(HTML(string=styled).write_pdf())


class Kept:
    def __init__(self) -> None:
        self._fonts = FontConfiguration()
        self._style = CSS(string=stylesheet(_POINT), font_config=self._fonts)
        self._pictures: dict[str, Any] = {}

    def draw(self, who: Recipient) -> bytes:
        page = HTML(string=document(who, _POINT))
        return _bytes(
            page.write_pdf(stylesheets=[self._style], font_config=self._fonts, cache=self._pictures)
        )


def _bytes(file: bytes | None) -> bytes:
    assert file is not None
    return file


def main() -> None:
    draw = plain if sys.argv[1] == "plain" else Kept().draw
    serve(lambda number: draw(recipient(number)))


if __name__ == "__main__":
    main()

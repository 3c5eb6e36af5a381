"""What a document is to somebody who listens to it: its structure tree (ISO 32000-1, 14.7 and 14.8)."""

from __future__ import annotations

from array import array
from typing import Final

from core.rendering.painters.pdf.file import File, references
from core.rendering.painters.pdf.syntax import reference, text_string
from core.rendering.scene import Tag

_TOGETHER: Final = 200
"""Entries in one node of the parent tree."""


class _Element:
    """A node of the tree, growing, of marked content or of other nodes. Its number and that of its parent are 0 until they are
    known; `kids` are written already, and `page` is the one that those of them mean that are numbers."""

    __slots__ = ("alt", "kids", "number", "page", "parent", "role")

    def __init__(self, role: str, alt: str = "", *, number: int = 0, parent: int = 0) -> None:
        self.number = number
        self.parent = parent
        self.role = role
        self.alt = alt
        self.page = 0
        self.kids: list[str] = []


class PageStructure:
    """The marked content of a page: which element each of its sequences belongs to."""

    def __init__(self, structure: Structure, page: int) -> None:
        self._structure: Final = structure
        self._page: Final = page
        self.elements: Final[list[_Element | None]] = []

    def reserve(self, count: int) -> int:
        """Numbers of marked content to be used by `mark_reserved` later; the first of them."""
        self.elements.extend([None] * count)
        return len(self.elements) - count

    def mark(self, tag: Tag) -> int:
        """The number of the next sequence of marked content, which belongs to `tag`."""
        number = len(self.elements)
        self.elements.append(self._structure.put(tag, number, self._page))
        return number

    def mark_reserved(self, tag: Tag, number: int) -> None:
        """The sequence of a reserved number comes next, and belongs to `tag`."""
        self.elements[number] = self._structure.put(tag, number, self._page)


class Structure:
    """The tree of a whole file, scene by scene: what belongs to a scene is written when it ends.

    Elements get their numbers when their page ends, after all that pages have in common.
    """

    def __init__(self, file: File) -> None:
        self._file: Final = file
        self._root: Final = file.reserve()
        self._scenes: Final = array("Q")
        self._parents: Final = _ParentTree(file)
        self._document = _Element("Document")
        self._open: Final[dict[tuple[int, int], _Element]] = {}
        self._new: list[tuple[_Element, _Element]] = []
        """Those without numbers, each with the one that it is in."""

    def begin_scene(self) -> None:
        self._document = _Element("Document", number=self._file.reserve(), parent=self._root)
        self._scenes.append(self._document.number)

    def end_scene(self) -> None:
        for element in (self._document, *self._open.values()):
            self._file.fill(element.number, _written(element))
        self._open.clear()

    def end_page(self, page: PageStructure) -> int:
        """The key under which a page's sequences are found."""
        first = self._file.reserve_several(len(self._new))
        for number, (element, above) in enumerate(self._new, start=first):
            element.number, element.parent = number, above.number
            above.kids.append(f"{number} 0 R")
        self._new = []
        found = ["null" if element is None else f"{element.number} 0 R" for element in page.elements]
        return self._parents.add(self._file.add(f"[{' '.join(found)}]"))

    def add_link(self, annotation: int, page: int, address: str) -> int:
        """The key under which a link's annotation is found."""
        above = self._document
        element = _Element("Link", address, number=self._file.reserve(), parent=above.number)
        element.kids.append(f"<</Type/OBJR/Obj {annotation} 0 R/Pg {page} 0 R>>")
        above.kids.append(f"{element.number} 0 R")
        self._file.fill(element.number, _written(element))
        return self._parents.add(element.number)

    def put(self, tag: Tag, number: int, page: int) -> _Element:
        """Add a sequence of marked content to the element of a tag."""
        element = self._element(tag, page)
        if not element.page:
            element.page = page
        if element.page == page:
            element.kids.append(f"{number}")
        else:
            element.kids.append(f"<</Type/MCR/Pg {page} 0 R/MCID {number}>>")
        return element

    def close(self) -> int:
        """Write the root; its number."""
        self._file.fill(
            self._root,
            f"<</Type/StructTreeRoot/K{references(self._scenes)}/ParentTree {reference(self._parents.close())}"
            f"/ParentTreeNextKey {self._parents.count}>>",
        )
        return self._root

    def _element(self, tag: Tag, page: int) -> _Element:
        """That of a tag, begun now if it is new."""
        key = id(tag), page if tag.of_page else 0
        element = self._open.get(key)
        if element is None:
            above = self._document if tag.parent is None else self._element(tag.parent, page)
            element = self._open[key] = _Element(tag.role, tag.alt)
            self._new.append((element, above))
        return element


def _written(element: _Element) -> str:
    alt = f"/Alt{text_string(element.alt)}" if element.alt else ""
    page = f"/Pg {element.page} 0 R" if element.page else ""
    kids = " ".join(element.kids)
    return f"<</Type/StructElem/S/{element.role}/P {element.parent} 0 R{page}{alt}/K[{kids}]>>"


class _ParentTree:
    """From the keys of pages and links to their elements (14.7.4.4): a number tree, its leaves written when full (7.9.7)."""

    def __init__(self, file: File) -> None:
        self.count = 0
        self._file: Final = file
        self._leaves: Final[list[int]] = []
        self._waiting: list[int] = []

    def add(self, parent: int) -> int:
        """The key of an object."""
        if len(self._waiting) == _TOGETHER:
            self._end_leaf()
        self._waiting.append(parent)
        self.count += 1
        return self.count - 1

    def close(self) -> int:
        """Write what is left of it; the root's number."""
        if not self._leaves:
            return self._file.add(f"<<{self._entries()}>>")
        self._end_leaf()
        return self._file.add(f"<</Kids{references(self._leaves)}>>")

    def _end_leaf(self) -> None:
        limits = f"/Limits[{self.count - len(self._waiting)} {self.count - 1}]"
        self._leaves.append(self._file.add(f"<<{limits}{self._entries()}>>"))
        self._waiting = []

    def _entries(self) -> str:
        first = self.count - len(self._waiting)
        pairs = " ".join(f"{key} {parent} 0 R" for key, parent in enumerate(self._waiting, start=first))
        return f"/Nums[{pairs}]"

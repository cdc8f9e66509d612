"""The elements of the XML in workbooks, one after the other, within bounds that no workbook of a person reaches.

The parsers of Python's `xml.etree` keep all that they have read, and they follow definitions of entities.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers.expat import ParserCreate

from .bounds import MAX_DEPTH, MAX_MARKUP, MAX_NAMES, MAX_OTHER_ELEMENTS, MAX_PART_ELEMENTS, MAX_ROW_LENGTH
from .errors import damaged, too_large

_CHUNK = 2**16


def elements(
    file: str, part: IO[bytes], *names: str, owner: str = "", max_others: int = MAX_OTHER_ELEMENTS
) -> Iterator[tuple[Element, Element | None]]:
    """Yield the elements with some names, with what is in them, when they end. Their tags are without namespaces.

    Args:
        file: name of the file in errors.
        part: the XML.
        names: names of the elements that are yielded, unless they are in one that is.
        owner: name of elements around them.
        max_others: how many other elements there may be.

    Yields:
        The element, and the owner that it is in, which has no content.

    Raises:
        TableError: the part has definitions, or exceeds a bound.
        ExpatError: it is not XML.
    """
    parser = _Parser(file, names, owner, max_others)
    silent = 0
    while chunk := part.read(_CHUNK):
        seen = parser.seen
        parser.feed(chunk)
        silent = silent + len(chunk) if parser.seen == seen else 0
        if silent > MAX_MARKUP:  # the time to read it grows faster than its length
            raise too_large(file, MAX_MARKUP, "bytes in an XML tag")
        yield from parser.complete
        parser.complete.clear()
    parser.feed(b"", is_final=True)
    yield from parser.complete


class _Parser:
    """A parser that builds only the elements that are wanted."""

    def __init__(self, file: str, names: tuple[str, ...], owner: str, max_others: int) -> None:
        self._file, self._names, self._owner, self._max_others = file, names, owner, max_others
        self.complete: list[tuple[Element, Element | None]] = []
        """Elements that ended."""
        self.seen = 0
        """Number of tags, texts and comments that began."""
        self._builder: TreeBuilder | None = None
        self._depth = self._built_at = self._others = self._built = self._length = 0
        self._owners: list[Element] = []
        self._local: dict[str, str] = {}
        self._parser = ParserCreate(namespace_separator="}")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.CommentHandler = self._pass
        self._parser.ProcessingInstructionHandler = self._pass
        self._parser.StartDoctypeDeclHandler = self._refuse

    def feed(self, content: bytes, *, is_final: bool = False) -> None:
        """Parse content. What it refers to stays in memory until the element ends."""
        self._parser.Parse(content, is_final)
        if len(self._parser.intern) > MAX_NAMES:
            raise too_large(self._file, MAX_NAMES, "different names of XML elements")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.seen += 1
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise too_large(self._file, MAX_DEPTH, "levels of XML elements")
        local = self._local.get(name) or self._local.setdefault(name, name.rpartition("}")[2])
        if self._builder:
            self._built += 1
            if self._built > MAX_PART_ELEMENTS:
                raise too_large(self._file, MAX_PART_ELEMENTS, "XML elements in a row")
            self._builder.start(local, attributes)
        elif local in self._names:
            self._builder, self._built_at, self._built, self._length = TreeBuilder(), self._depth, 0, 0
            self._builder.start(local, attributes)
        else:
            self._others += 1
            if self._others > self._max_others:
                raise too_large(self._file, self._max_others, "XML elements")
            if local == self._owner:
                self._owners.append(Element(local, attributes))

    def _end(self, name: str) -> None:
        if self._builder:
            self._builder.end(self._local[name])
            if self._depth == self._built_at:
                self.complete.append((self._builder.close(), self._owners[-1] if self._owners else None))
                self._builder = None
        elif self._owner and self._local[name] == self._owner:
            self._owners.pop()
        self._depth -= 1

    def _text(self, text: str) -> None:
        self.seen += 1
        if self._builder:
            self._length += len(text)
            if self._length > MAX_ROW_LENGTH:
                raise too_large(self._file, MAX_ROW_LENGTH, "characters in a row")
            self._builder.data(text)

    def _pass(self, *_: str) -> None:
        self.seen += 1

    def _refuse(self, *_: object) -> None:
        raise damaged(self._file, "its XML has definitions (DOCTYPE), which no workbook has")

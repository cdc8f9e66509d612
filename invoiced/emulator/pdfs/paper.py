"""Pages of a PDF: a heading and facts that each page repeats, then texts and tables, and the number of the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO

from reportlab.pdfgen.canvas import Canvas

from invoiced.emulator.pdfs.fonts import printable, runs, width

_WIDTH, _HEIGHT = 612, 792
_MARGIN = 56
_SPACE = _WIDTH - 2 * _MARGIN
_SIZE, _HEADING_SIZE, _LEADING = 10, 20, 15
_GAP = 8
_MAX_LINES = 40
"""Lines of one text. More are left out, which three dots show."""


@dataclass(frozen=True)
class Column:
    """A column of a table, with its part of the width of the page."""

    title: str
    share: float
    is_amount: bool = False
    """Whether its cells are aligned at the right."""


@dataclass(frozen=True)
class _Cell:
    text: str
    left: float
    right: float
    is_amount: bool = False


_Line = tuple[_Cell, ...]


@dataclass
class Paper:
    """What a PDF shows, from top to bottom."""

    heading: str
    facts: Sequence[str]
    """Lines below the heading."""
    minimum_pages: int = 1
    _lines: list[_Line] = field(default_factory=list)

    def text(self, text: str) -> None:
        """Add a text, of as many lines as it needs."""
        self._lines += _wrapped(text)

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
        """Add a table, after a blank line."""
        self._lines.append(())
        for row in ([column.title for column in columns], *rows):
            self._lines += _row(columns, row)

    def amounts(self, amounts: Sequence[tuple[str, str]]) -> None:
        """Add amounts with their names, aligned at the right, after a blank line."""
        self._lines.append(())
        for name, amount in amounts:
            self._lines += _row([Column("", 0.75, is_amount=True), Column("", 0.25, is_amount=True)], [name, amount])

    def pdf(self) -> bytes:
        """Return the PDF. The same paper makes the same bytes."""
        top = [line for fact in self.facts for line in _wrapped(fact)]
        per_page = int((_HEIGHT - 2 * _MARGIN - _HEADING_SIZE) / _LEADING) - len(top) - 2
        per_page = max(per_page, 10)
        pages = [self._lines[start : start + per_page] for start in range(0, len(self._lines), per_page)]
        pages += [[] for _ in range(self.minimum_pages - len(pages))]
        buffer = BytesIO()
        canvas = Canvas(buffer, (_WIDTH, _HEIGHT), invariant=1, pageCompression=1, lang="en")
        canvas.setTitle(printable(self.heading))
        for number, lines in enumerate(pages, start=1):
            _draw(canvas, self.heading, [*top, *lines])
            _draw_text(canvas, f"Page {number} of {len(pages)}", _MARGIN, _MARGIN - _LEADING, _SIZE)
            canvas.showPage()
        canvas.save()
        return buffer.getvalue()


def _draw(canvas: Canvas, heading: str, lines: Sequence[_Line]) -> None:
    y = float(_HEIGHT - _MARGIN - _HEADING_SIZE)
    (title, *_) = _parts(printable(heading), _SPACE, _HEADING_SIZE)
    _draw_text(canvas, title, _MARGIN, y, _HEADING_SIZE)
    y -= _HEADING_SIZE
    for line in lines:
        y -= _LEADING
        for cell in line:
            left = cell.right - width(cell.text, _SIZE) if cell.is_amount else cell.left
            _draw_text(canvas, cell.text, left, y, _SIZE)


def _draw_text(canvas: Canvas, text: str, x: float, y: float, size: float) -> None:
    line = canvas.beginText(x, y)
    for run in runs(text):
        line.setFont(run.font, size)
        line.textOut(run.text)
    canvas.drawText(line)


def _row(columns: Sequence[Column], texts: Sequence[str]) -> Iterator[_Line]:
    """Yield the lines of a row, whose cells have several if they need them."""
    cells: list[list[_Cell]] = []
    left = float(_MARGIN)
    for column, text in zip(columns, texts, strict=True):
        right = left + column.share * _SPACE
        parts = _shortened(_parts(printable(text), right - left - _GAP, _SIZE))
        cells.append([_Cell(part, left, right - _GAP, column.is_amount) for part in parts])
        left = right
    for number in range(max(map(len, cells))):
        yield tuple(parts[number] for parts in cells if number < len(parts))


def _wrapped(text: str) -> Iterator[_Line]:
    return ((_Cell(part, _MARGIN, _WIDTH - _MARGIN),) for part in _shortened(_parts(printable(text), _SPACE, _SIZE)))


def _shortened(parts: list[str]) -> list[str]:
    return parts if len(parts) <= _MAX_LINES else [*parts[: _MAX_LINES - 1], "..."]


def _parts(text: str, space: float, size: float) -> list[str]:
    """Divide a text into lines that fit into the space: at blanks, or anywhere in words that are too long."""
    parts = [""]
    used = 0.0
    for word in text.split(" "):
        before, needed = " " if parts[-1] else "", width(word, size)
        blank = width(before, size) if before else 0.0
        if used + blank + needed <= space:
            parts[-1] += before + word
            used += blank + needed
            continue
        if parts[-1]:
            parts.append("")
            used = 0.0
        for character in word:
            needed = width(character, size)
            if used + needed > space and parts[-1]:
                if len(parts) > _MAX_LINES:
                    return parts
                parts.append("")
                used = 0.0
            parts[-1] += character
            used += needed
    return parts

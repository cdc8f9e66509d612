"""Formatting of the table of outcomes: a CSS class for each cell, by its result. Equal adjacent cells are merged."""

from itertools import pairwise

from docutils import nodes
from sphinx.application import Sphinx

CLASSES = {"unknown": "outcome-unknown", "Error": "outcome-error", "success": "outcome-success"}
"""CSS classes by text of the result, in order of precedence."""


def draw_grid(application: Sphinx, document: nodes.document) -> None:
    """Set the CSS classes of the cells, and merge equal adjacent cells."""
    if application.env.docname != "outcomes":
        return
    for row in document.findall(nodes.row):
        _, *cells = row.findall(nodes.entry)
        for cell in cells:
            cell["classes"] += [name for text, name in CLASSES.items() if text in cell.astext().split(", ")[-1]][:1]
        for left, cell in reversed([*pairwise(cells)]):
            if cell["classes"] and left.astext() == cell.astext():
                left["morecols"] = cell.get("morecols", 0) + 1
                row.remove(cell)


def setup(application: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    application.connect("doctree-read", draw_grid)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Makes the table of outcomes a grid: a cell has the class of what it tells, and equal neighbours are one."""

from itertools import pairwise

from docutils import nodes
from sphinx.application import Sphinx

CLASSES = {"unknown": "outcome-unknown", "Error": "outcome-error", "answer": "outcome-answer"}
"""What a cell says, the most telling first."""


def draw_grid(application: Sphinx, document: nodes.document) -> None:
    """Give the cells of the page their classes, and join them."""
    if application.env.docname != "outcomes":
        return
    for row in document.findall(nodes.row):
        _, *cells = row.findall(nodes.entry)
        for cell in cells:
            cell["classes"] += [name for said, name in CLASSES.items() if said in cell.astext().split(", ")[-1]][:1]
        for left, cell in reversed([*pairwise(cells)]):
            if cell["classes"] and left.astext() == cell.astext():
                left["morecols"] = cell.get("morecols", 0) + 1
                row.remove(cell)


def setup(application: Sphinx) -> dict[str, bool]:
    """Take part in the build."""
    application.connect("doctree-read", draw_grid)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Colours the table of outcomes: a cell has the class of what it tells."""

from docutils import nodes
from sphinx.application import Sphinx

CLASSES = {"unknown": "outcome-unknown", "Error": "outcome-error", "answer": "outcome-answer"}
"""What a cell says, the most telling first."""


def colour(application: Sphinx, document: nodes.document) -> None:
    """Give the cells of the page their classes."""
    if application.env.docname == "outcomes":
        for cell in document.findall(nodes.entry):
            text = cell.astext()
            cell["classes"] += [name for said, name in CLASSES.items() if said in text.split(", ")[-1]][:1]


def setup(application: Sphinx) -> dict[str, bool]:
    """Take part in the build."""
    application.connect("doctree-read", colour)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Sphinx configuration of the documentation site: `tox -e docs`."""

import sys
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.ext.napoleon import GoogleDocstring

import invoiced

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "extensions"))

project = "invoiced"
author = "Invoiced"
copyright = "Invoiced, MIT license"
version = release = invoiced.VERSION

extensions = [
    "command_reference",
    "internal_links",
    "myst_parser",
    "outcome_grid",
    "sphinx.ext.autodoc",
    "sphinx.ext.graphviz",
    "sphinx.ext.inheritance_diagram",
    "sphinx.ext.intersphinx",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "typed_dicts",
]
exclude_patterns = ["recipes"]
needs_sphinx = "8.1"

myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_numpy_docstring = False
napoleon_use_rtype = False
default_role = "code"
# Types are in annotations. Without this, napoleon would parse the text before a colon as the type of an attribute.
GoogleDocstring._consume_inline_attribute = lambda self: ("", self._consume_to_end())  # type: ignore[method-assign]
python_maximum_signature_line_length = 80
# The sidebar of each page would contain thousands of fields.
toc_object_entries = False
# Several records have a field `object`, which Sphinx confuses with the built-in type of that name.
suppress_warnings = ["ref.python"]

# Local inventories of linked names, so that builds are reproducible and need no network.
intersphinx_mapping = {
    "python": ("https://docs.python.org/3", "inventories/python.txt"),
    "requests": ("https://requests.readthedocs.io/en/latest", "inventories/requests.txt"),
}

# Use the Graphviz of the Python package, so that no other installation is needed.
graphviz_dot = sys.executable
graphviz_dot_args = [str(HERE / "extensions" / "dot.py")]
graphviz_output_format = "svg"
inheritance_graph_attrs = {"rankdir": "LR", "bgcolor": "transparent", "size": '""'}
inheritance_node_attrs = {
    "style": '"rounded,filled"',
    "fillcolor": '"#f3f4f6"',
    "color": '"#9ca3af"',
    "fontname": "Helvetica",
    "fontsize": 13,
    "height": 0.35,
}
inheritance_edge_attrs = {"color": '"#6b7280"'}

html_theme = "furo"
html_title = f"invoiced {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_search_scorer = str(HERE / "_static" / "scorer.js")
html_show_sourcelink = False
html_copy_source = False


def unlink_types(application: Sphinx, document: nodes.document) -> None:
    """Remove links from the builtin `type` in signatures, which would lead to a field of the same name."""
    for reference in [*document.findall(pending_xref)]:
        if reference["reftarget"] == "type":
            reference.replace_self(reference.children)


def setup(application: Sphinx) -> None:
    """Connect the event handlers."""
    application.connect("doctree-read", unlink_types)

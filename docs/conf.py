"""How the site is built: `tox -e docs`."""

import sys
from pathlib import Path

import invoiced

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "extensions"))

project = "invoiced"
author = "Invoiced"
copyright = "Invoiced, MIT license"
version = release = invoiced.VERSION

extensions = [
    "myst_parser",
    "outcome_grid",
    "sphinx.ext.autodoc",
    "sphinx.ext.graphviz",
    "sphinx.ext.inheritance_diagram",
    "sphinx.ext.intersphinx",
    "sphinx.ext.napoleon",
    "sphinx_click",
    "sphinx_copybutton",
]
exclude_patterns = ["recipes"]
needs_sphinx = "8.1"

myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_class_signature = "separated"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_numpy_docstring = False
napoleon_use_rtype = False
default_role = "code"
python_maximum_signature_line_length = 80

# Inventories of the names that are linked, as text, so that a build needs no network and is the same each time.
intersphinx_mapping = {
    "python": ("https://docs.python.org/3", "inventories/python.txt"),
    "requests": ("https://requests.readthedocs.io/en/latest", "inventories/requests.txt"),
}

# Graphviz as a Python package brings it, so that nothing else is to be installed.
graphviz_dot = sys.executable
graphviz_dot_args = [str(HERE / "extensions" / "dot.py")]
graphviz_output_format = "svg"
inheritance_graph_attrs = {"rankdir": "LR", "bgcolor": "transparent"}

html_theme = "furo"
html_title = f"invoiced {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False

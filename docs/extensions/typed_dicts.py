"""Descriptions of TypedDicts: all keys, with their types and descriptions, except the options that many share."""

import re
from typing import Any, get_type_hints

from sphinx.application import Sphinx
from sphinx.util.typing import stringify_annotation
from typing_extensions import is_typeddict

from invoiced import ListParams, Options, PageParams, RetrieveParams, SortParams, WriteOptions, WriteParams
from invoiced.cli.docstrings import field_descriptions

COMMON = (ListParams, PageParams, RetrieveParams, SortParams, WriteOptions, WriteParams, Options)
"""Types of options and parameters that are described once."""


def list_keys(application: Sphinx, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    """Add the keys to the description of a TypedDict, required keys first."""
    if what != "class" or not is_typeddict(value):
        return
    descriptions, required = field_descriptions(value), value.__required_keys__
    common = {key for base in COMMON if value is not base for key in base.__annotations__}
    for key, type_ in sorted(get_type_hints(value).items(), key=lambda item: item[0] not in required):
        if key in common and value not in COMMON:
            continue
        type_name = re.sub(r"~[\w.]*\.", "", stringify_annotation(type_, "smart"))
        lines += ["", f"* **{key}** (``{type_name}``{', required' if key in required else ''}): {descriptions[key]}"]
    lines.append("")


def setup(application: Sphinx) -> dict[str, bool]:
    """Connect the event handler."""
    application.connect("autodoc-process-docstring", list_keys)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

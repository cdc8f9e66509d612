"""Shows all keys of a TypedDict with their types and meanings, those that it has from others included."""

import re
from typing import Any, get_type_hints

from sphinx.application import Sphinx
from sphinx.util.typing import stringify_annotation
from typing_extensions import is_typeddict

from invoiced.cli.meanings import meanings_in


def list_keys(application: Sphinx, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    """Add the keys to the description of a TypedDict. Those that must be there come first."""
    if what != "class" or not is_typeddict(value):
        return
    meanings, required = meanings_in(value), value.__required_keys__
    for key, type_ in sorted(get_type_hints(value).items(), key=lambda item: item[0] not in required):
        shown = re.sub(r"~[\w.]*\.", "", stringify_annotation(type_, "smart"))
        lines += ["", f"* **{key}** (``{shown}``{', required' if key in required else ''}): {meanings[key]}"]
    lines.append("")


def setup(application: Sphinx) -> dict[str, bool]:
    """Take part in the build."""
    application.connect("autodoc-process-docstring", list_keys)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Copies the API description into the emulator.

    python tools/copy_description.py path/to/openapi.yaml

Everything is kept, in the order of the source, but the comments of the YAML file and what `_deviate` changes.
Every path and every component has a line of its own, so that a change of the description reads as one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped, unused-ignore]

COPY = Path(__file__).parent.parent / "invoiced" / "emulator" / "openapi.json"

# How deep the file is spread over lines: each path and each component is one line below its heading.
SPREAD = {"paths": 1, "components": 2}


def _deviate(description: dict[str, Any]) -> None:
    """The IDs of tax rates may be whole numbers as well as text.

    The description has text only; the older reference, which the library serves as well, states no type.
    """
    schemas = description["components"]["schemas"]
    for name in ("CustomerCreate", "CustomerUpdate"):
        schemas[name]["properties"]["taxes"]["items"] = {"type": ["integer", "string"]}
    schemas["Customer"]["properties"]["taxes"]["items"]["anyOf"].insert(0, {"type": "integer"})


def _written(value: Any, spread: int, margin: str = "") -> str:
    """`value` as JSON, its first `spread` levels of objects spread over lines."""
    if spread == 0 or not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    lines = (f'{margin} "{name}": {_written(part, spread - 1, margin + " ")}' for name, part in value.items())
    return "{\n" + ",\n".join(lines) + f"\n{margin}}}"


def copy(source: Path) -> None:
    """Writes the copy of the description in `source`, a YAML file."""
    description = yaml.safe_load(source.read_text("utf-8"))
    _deviate(description)
    lines = (f'"{name}": {_written(part, SPREAD.get(name, 0))}' for name, part in description.items())
    COPY.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    copy(Path(sys.argv[1]))

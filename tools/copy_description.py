"""Copy the API description into the emulator.

    python tools/copy_description.py path/to/openapi.yaml

The copy has the order of the source. Only the comments of the YAML file are removed, and `_deviate` makes changes. Each
path and each component is on a separate line, for readable diffs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped, unused-ignore]

COPY = Path(__file__).parent.parent / "invoiced" / "emulator" / "openapi.json"

# Number of levels with a line per member.
LINE_LEVELS = {"paths": 1, "components": 2}


def _deviate(description: dict[str, Any]) -> None:
    """Allow integers as IDs of tax rates, in addition to strings.

    The description only allows strings. The older reference, which the library supports as well, specifies no type.
    """
    schemas = description["components"]["schemas"]
    for name in ("CustomerCreate", "CustomerUpdate"):
        schemas[name]["properties"]["taxes"]["items"] = {"type": ["integer", "string"]}
    schemas["Customer"]["properties"]["taxes"]["items"]["anyOf"].insert(0, {"type": "integer"})


def _to_json(value: Any, levels: int, margin: str = "") -> str:
    """Return the value as JSON, with a line per member for the first `levels` levels of objects."""
    if levels == 0 or not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    lines = (f'{margin} "{name}": {_to_json(part, levels - 1, margin + " ")}' for name, part in value.items())
    return "{\n" + ",\n".join(lines) + f"\n{margin}}}"


def copy(source: Path) -> None:
    """Write a copy of the description in `source`, a YAML file."""
    description = yaml.safe_load(source.read_text("utf-8"))
    _deviate(description)
    lines = (f'"{name}": {_to_json(part, LINE_LEVELS.get(name, 0))}' for name, part in description.items())
    COPY.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    copy(Path(sys.argv[1]))

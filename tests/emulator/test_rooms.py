"""The rooms of the emulator: its imports point in one direction."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import invoiced.emulator

PACKAGE = Path(invoiced.emulator.__file__).parent
# From the lowest to the highest. Each room only imports from the rooms before it.
ROOMS = (
    *("errors", "values", "description", "storage", "protocol", "records", "schedule", "catalog"),
    *("documents", "payments", "subscriptions", "sending", "files", "pdfs", "customers", "events", "settings"),
    *("faults", "api", "server", "sample", "pages", "emulator", "__init__", "__main__"),
)


def imported_by(room: str) -> Iterator[str]:
    paths = (PACKAGE / room).glob("*.py") if (PACKAGE / room).is_dir() else [PACKAGE / f"{room}.py"]
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("invoiced.emulator"):
                names = [alias.name for alias in node.names]
                parts = (node.module or "").split(".")
                yield parts[2] if len(parts) > 2 else names[0] if (PACKAGE / names[0]).is_dir() else "__init__"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_from_lower_rooms(room: str) -> None:
    lower = {*ROOMS[: ROOMS.index(room)], room}
    if room == "__main__":
        lower.add("__init__")
    assert {*imported_by(room)} <= lower


def test_each_room_is_listed() -> None:
    rooms = {path.stem for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    assert rooms == {*ROOMS}

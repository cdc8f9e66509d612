"""Write invoiced/cli/docstrings.json: the docstrings of the library, of the commands and of the contract's facts.

python tools/write_docstrings.py
"""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import click
from field_docstrings import field_docstrings
from typing_extensions import is_typeddict

from invoiced.cli.application import EXPLICIT_COMMANDS
from invoiced.contract.chapters import FACTS

ROOT = Path(__file__).parent.parent
FILE = ROOT / "invoiced" / "cli" / "docstrings.json"


def docstrings() -> str:
    """Return the content of the file."""
    classes = [cls for module in _modules() for cls in _classes_of(module)]
    functions = {*map(_command, EXPLICIT_COMMANDS), *(fact.check for fact in FACTS)}
    functions.update(method for cls in classes for method in _methods_of(cls))
    content = {
        "functions": {f"{each.__module__}:{each.__qualname__}": inspect.getdoc(each) or "" for each in functions},
        "fields": {f"{cls.__module__}:{cls.__name__}": field_docstrings(cls) for cls in classes if is_typeddict(cls)},
    }
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _modules() -> Iterator[ModuleType]:
    """Yield the modules of the resources, and those that they are based on."""
    package = ROOT / "invoiced"
    for path in sorted([package / "options.py", *package.glob("resources/*.py")]):
        yield importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))


def _classes_of(module: ModuleType) -> Iterator[type[Any]]:
    for name, cls in vars(module).items():
        if isinstance(cls, type) and cls.__module__ == module.__name__ and not name.startswith("_"):
            yield cls


def _methods_of(cls: type[Any]) -> Iterator[Callable[..., Any]]:
    for name, method in inspect.getmembers(cls, inspect.isfunction):
        if not name.startswith("_") and method.__module__.startswith("invoiced."):
            yield method


def _command(name: str) -> Callable[..., Any]:
    module, _, attribute = EXPLICIT_COMMANDS[name][0].partition(":")
    command = getattr(importlib.import_module(module), attribute)
    assert isinstance(command, click.Command)
    return inspect.unwrap(command.callback or command)


def main() -> None:
    """Write the file."""
    FILE.write_text(docstrings(), "utf-8")


if __name__ == "__main__":
    main()

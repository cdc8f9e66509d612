"""A local stand-in for the Invoiced API: see `Emulator`, or `python -m invoiced.emulator --help`."""

from __future__ import annotations

try:
    from invoiced.emulator.emulator import Emulator
except ModuleNotFoundError as error:
    package = str(error.name).partition(".")[0]
    if package not in {"jsonschema", "waitress", "werkzeug"}:
        raise
    raise ImportError(f'The emulator needs {package}: pip install "invoiced[emulator]"') from error

__all__ = ["Emulator"]

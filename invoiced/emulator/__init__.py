"""A local stand-in for the Invoiced API: see `Emulator`, or `python -m invoiced.emulator --help`."""

from __future__ import annotations

import sys

try:
    from invoiced.emulator.emulator import Emulator
except ModuleNotFoundError as error:
    package = str(error.name).partition(".")[0]
    if package not in {"jsonschema", "waitress", "werkzeug"}:
        raise
    message = f'The emulator needs {package}: run pip install ".[emulator]" in the checkout'
    if sys.argv[:1] == ["-m"]:  # Python imports the package before it runs `python -m invoiced.emulator`.
        sys.exit(message)
    raise ImportError(message) from error

__all__ = ["Emulator"]

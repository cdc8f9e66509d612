"""The command line `invoiced`: see `invoiced --help`."""

from __future__ import annotations

import importlib.util
import sys


def main() -> None:
    """Run the command that the program's arguments name, and end the program."""
    for package in ("click", "rich"):
        if importlib.util.find_spec(package) is None:  # Before anything is sent whose answer could not be shown.
            print(f'The command line needs {package}: pip install "invoiced[cli]"', file=sys.stderr)
            sys.exit(2)
    try:
        from invoiced.cli.application import application
        from invoiced.cli.streams import arguments, prepare_streams

        prepare_streams()
        application().main(arguments(), prog_name="invoiced")
    except KeyboardInterrupt:  # While modules are imported; later, the application itself tells of it.
        print("Interrupted.", file=sys.stderr)
        sys.exit(130)

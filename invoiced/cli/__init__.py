"""The command line `invoiced`: see `invoiced --help`."""

from __future__ import annotations

import importlib.util
import sys


def main() -> None:
    """Run the command given by the program's arguments, and exit."""
    for package in ("click", "rich"):
        if importlib.util.find_spec(package) is None:  # checked first: a response could not be shown without it
            print(f'The command line needs {package}: run pip install ".[cli]" in the checkout', file=sys.stderr)
            sys.exit(2)
    try:
        from invoiced.cli.application import application
        from invoiced.cli.streams import command_line_arguments, prepare_streams

        prepare_streams()
        application().main(command_line_arguments(), prog_name="invoiced")
    except KeyboardInterrupt:  # while modules are imported; later, the application handles it
        print("Interrupted.", file=sys.stderr)
        sys.exit(130)

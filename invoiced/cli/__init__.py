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
        from invoiced.cli.streams import prepare_streams, use_utf_8
        from invoiced.cli.tracebacks import print_traceback

        use_utf_8()
        prepare_streams()
        sys.excepthook = print_traceback

        from invoiced.cli.application import application

        application().main(prog_name="invoiced")
    except KeyboardInterrupt:  # while modules are imported; later, the application handles it
        print("Interrupted.", file=sys.stderr)
        sys.exit(130)

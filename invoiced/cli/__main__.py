"""Run the command line as a module: `python -m invoiced.cli`."""

from __future__ import annotations

from invoiced.cli import main

if __name__ == "__main__":
    main()

"""Write the modules of `invoiced/resources` from description/openapi.yaml and the names in tools/resource_writer.

python tools/write_resources.py
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from resource_writer.description import Description
from resource_writer.names import read_names
from resource_writer.writer import Writer

PACKAGE = Path(__file__).parent.parent / "invoiced" / "resources"


def main() -> None:
    """Write the files, and format them."""
    files = Writer(Description.read(), read_names()).files()
    for name, text in files.items():
        (PACKAGE / name).write_text(text, "utf-8")
    paths = [str(PACKAGE / name) for name in files]
    subprocess.run([sys.executable, "-m", "ruff", "check", "--quiet", "--fix", "--select", "I", *paths], check=True)
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", *paths], check=True)


if __name__ == "__main__":
    main()

"""Hooks for PyInstaller, which finds them by the entry point `pyinstaller40`: what it cannot see in the source."""

from __future__ import annotations

from pathlib import Path


def hook_directories() -> list[str]:
    """Return the directory of the hooks."""
    return [str(Path(__file__).parent)]

"""Records from files: runs that create and update them. An optional room: the core never imports it."""

from .contacts import ContactImport

__all__ = ["ContactImport"]

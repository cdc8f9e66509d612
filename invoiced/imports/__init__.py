"""Imports: runs that create and update records from rows. Optional: the core never imports this package."""

from .contacts import ContactImport

__all__ = ["ContactImport"]

"""Imports: runs that create and update records from rows. Optional: the core never imports this package."""

from .contacts import ContactImport
from .invoices import InvoiceImport

__all__ = ["ContactImport", "InvoiceImport"]

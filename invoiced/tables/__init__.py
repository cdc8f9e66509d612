"""Tables that people make: CSV, workbooks and JSON, read row by row. Optional: the core never imports this package."""

from .addresses import Address, canonical, comparable, is_address, parse_address, parse_addresses, spellings
from .amounts import Amount
from .cells import harmless, is_blank, text_of
from .errors import TableError
from .items import numbered, row_of
from .reading import read_table
from .rows import TableRow
from .table import Table

__all__ = [
    "Address",
    "Amount",
    "Table",
    "TableError",
    "TableRow",
    "canonical",
    "comparable",
    "harmless",
    "is_address",
    "is_blank",
    "numbered",
    "parse_address",
    "parse_addresses",
    "read_table",
    "row_of",
    "spellings",
    "text_of",
]

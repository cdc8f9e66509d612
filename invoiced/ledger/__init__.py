"""The ledger: what was sent to whom, for which account and period. Optional: the core never imports this package."""

from .errors import LedgerError
from .ledger import Ledger

__all__ = ["Ledger", "LedgerError"]

"""Accounting."""

from typing import Any

from ..object import Object


class AccountingSyncStatus(Object):
    """Synchronization of a record with the accounting system."""

    __slots__ = ()

    synced: bool
    """Whether a counterpart in the accounting system is known; if false, only `error` is also returned."""
    error: dict[str, Any] | None
    """Last synchronization error, or null."""
    accounting_system: str
    """Name of the system."""
    accounting_id: str
    """ID in that system."""
    source: str
    """Origin of the object: the accounting system or Invoiced."""
    first_synced: int | None
    """First synchronization in Unix seconds."""
    last_synced: int | None
    """Last synchronization in Unix seconds."""

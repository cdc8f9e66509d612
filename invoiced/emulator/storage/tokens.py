"""Unguessable identifiers, for e-mails and the addresses of statements."""

from __future__ import annotations

import hashlib
import secrets

from invoiced.emulator.storage.store import Store


class Tokens:
    """Source of unguessable identifiers, which a `seed` makes repeatable."""

    def __init__(self, seed: int | None) -> None:
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
            raise ValueError(f"invalid seed {seed!r} (expected an integer)")
        self._seed = seed

    def next(self, store: Store, length: int) -> str:
        """Return this number of bytes, at most 64, in hexadecimal digits.

        With a seed, they are derived from a counter in the store: a rollback restores the counter, and a data file that
        is opened again never repeats an identifier.
        """
        if self._seed is None:
            return secrets.token_hex(length)
        source = f"{self._seed} {store.next('token')}"
        return hashlib.blake2b(source.encode(), digest_size=length).hexdigest()

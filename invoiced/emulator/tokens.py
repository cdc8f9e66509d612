"""Identifiers that nobody could guess: of e-mails, of the addresses of statements."""

from __future__ import annotations

import hashlib
import secrets

from invoiced.emulator.store import Store


class Tokens:
    """With a `seed`, the same calls in the same order have the same ones."""

    def __init__(self, seed: int | None) -> None:
        self._seed = seed

    def next(self, store: Store, length: int) -> str:
        """So many bytes, at most 64, in hexadecimal digits.

        They follow from a number that the store counts: what is not committed takes none, and a data file that
        is opened again has no identifier twice.
        """
        if self._seed is None:
            return secrets.token_hex(length)
        source = f"{self._seed} {store.next('token')}"
        return hashlib.blake2b(source.encode(), digest_size=length).hexdigest()

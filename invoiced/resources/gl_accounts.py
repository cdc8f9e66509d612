"""GL accounts."""

from collections.abc import Generator

from .._compat import Required, Unpack
from ..list import List
from ..options import SortParams, WriteParams
from .verbs import Deletable, Refreshable, Retrievable, Updatable


class _GlAccountFields(WriteParams, total=False):
    """Fields of a GL account accepted by create() and save()."""

    parent_id: int | None
    """Parent account, null at the top; at most 5 levels, without cycles."""


class GlAccountCreate(_GlAccountFields, total=False):
    """Fields of a GL account accepted by create()."""

    name: Required[str]
    """Name."""
    code: Required[str]
    """Account code, unique."""


class GlAccountUpdate(_GlAccountFields, total=False):
    """Fields of a GL account accepted by save()."""

    name: str
    """Name."""
    code: str
    """Account code, unique."""


class GlAccount(Refreshable, Updatable, Deletable):
    """A general ledger account (not in the API reference)."""

    __slots__ = ()

    _path = "gl_accounts"

    id: int
    """ID."""
    name: str
    """Name."""
    code: str
    """Account code, unique."""
    parent_id: int | None
    """Parent account, null at the top; at most 5 levels, without cycles."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def save(self, **fields: Unpack[GlAccountUpdate]) -> bool:
        """Update the GL account: PATCH /gl_accounts/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class GlAccounts(Retrievable[GlAccount]):
    """The GL accounts of an account, as `client.GlAccount`."""

    _object = GlAccount

    def create(self, **params: Unpack[GlAccountCreate]) -> GlAccount:
        """Create a general ledger account: POST /gl_accounts."""
        return self._create(params)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[SortParams]
    ) -> Generator[GlAccount, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[SortParams]) -> tuple[list[GlAccount], List]:
        """Fetch one page: GET /gl_accounts. Return its records, and a `List` with its links and the total count."""
        return self._list(params)

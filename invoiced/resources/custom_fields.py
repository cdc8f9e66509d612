"""Custom fields."""

from collections.abc import Generator, Sequence
from typing import Literal

from .._compat import Required, Unpack
from ..list import List
from ..options import SortParams, WriteParams
from .verbs import Deletable, Refreshable, Retrievable, Updatable


class _CustomFieldFields(WriteParams, total=False):
    """Fields of a custom field accepted by create() and save()."""

    type: Literal["string", "boolean", "double", "integer", "enum", "date", "money"]
    """Kind of value."""
    choices: Sequence[str]
    """Values of an `enum`, duplicates removed."""
    external: bool
    """Whether customers see it."""


class CustomFieldCreate(_CustomFieldFields, total=False):
    """Fields of a custom field accepted by create()."""

    id: Required[str]
    """ID."""
    name: Required[str]
    """Name."""
    object: Required[
        Literal[
            "credit_note",
            "customer",
            "estimate",
            "invoice",
            "item",
            "line_item",
            "payment",
            "plan",
            "subscription",
            "transaction",
        ]
    ]
    """Object type the field belongs to (not a type tag)."""


class CustomFieldUpdate(_CustomFieldFields, total=False):
    """Fields of a custom field accepted by save()."""

    name: str
    """Name."""
    object: Literal[
        "credit_note",
        "customer",
        "estimate",
        "invoice",
        "item",
        "line_item",
        "payment",
        "plan",
        "subscription",
        "transaction",
    ]
    """Object type the field belongs to (not a type tag)."""


class CustomField(Refreshable, Updatable, Deletable):
    """A custom field definition (not in the API reference)."""

    __slots__ = ()

    _path = "custom_fields"
    _id_field = "internal_id"

    id: str
    """ID."""
    internal_id: int
    """Identifier assigned by the API, the one used in paths."""
    name: str
    """Name."""
    object: str
    """Object type the field belongs to (not a type tag)."""
    type: str
    """Kind of value."""
    choices: list[str]
    """Values of an `enum`, duplicates removed."""
    external: bool
    """Whether customers see it."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def save(self, **fields: Unpack[CustomFieldUpdate]) -> bool:
        """Update the custom field: PATCH /custom_fields/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class CustomFields(Retrievable[CustomField]):
    """The custom fields of an account, as `client.CustomField`."""

    _object = CustomField

    def create(self, **params: Unpack[CustomFieldCreate]) -> CustomField:
        """Create a custom field: POST /custom_fields."""
        return self._create(params)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[SortParams]
    ) -> Generator[CustomField, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[SortParams]) -> tuple[list[CustomField], List]:
        """Fetch one page: GET /custom_fields. Return its records, and a `List` with its links and the total count."""
        return self._list(params)

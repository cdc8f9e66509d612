"""Attachments."""

from typing import TYPE_CHECKING

from ..object import Object

if TYPE_CHECKING:
    from .files import File


class Attachment(Object):
    """A file attached to a document; it has no ID of its own."""

    __slots__ = ()

    _type = "attachment"

    id: int
    """ID."""
    file: "File"
    """The attached file."""
    location: str
    """Where the file is shown: beside the document or inside its PDF."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

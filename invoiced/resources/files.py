"""Files."""

from .._compat import Required
from ..options import WriteOptions
from .file_uploads import Uploads
from .verbs import Deletable, Refreshable, Retrievable


class FileCreate(WriteOptions, total=False):
    """Fields of a file accepted by create()."""

    name: Required[str]
    """File name."""
    size: Required[int]
    """Size in bytes."""
    type: Required[str]
    """MIME type."""
    url: Required[str]
    """Address of the file."""


class File(Refreshable, Deletable):
    """A file kept by Invoiced or elsewhere (chapter "Files")."""

    __slots__ = ()

    _path = "files"
    _type = "file"

    id: int
    """ID."""
    name: str
    """File name."""
    size: int
    """Size in bytes."""
    type: str
    """MIME type."""
    url: str
    """Address of the file."""
    bucket_name: str | None
    """Storage detail, null for a file hosted elsewhere."""
    bucket_region: str | None
    """Storage detail, null for a file hosted elsewhere."""
    s3_environment: str | None
    """Storage detail, null for a file hosted elsewhere."""
    key: str | None
    """Storage detail, null for a file hosted elsewhere."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""


class Files(Uploads[File], Retrievable[File]):
    """The files of an account, as `client.File`."""

    _object = File

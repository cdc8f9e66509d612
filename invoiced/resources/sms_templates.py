"""SMS templates."""

from collections.abc import Generator
from typing import Literal

from .._compat import Required, Unpack
from ..list import List
from ..options import SortParams, WriteParams
from .verbs import Deletable, Refreshable, Retrievable, Updatable


class _SmsTemplateFields(WriteParams, total=False):
    """Fields of an SMS template accepted by create() and save()."""

    language: str | None
    """Two-letter language code, null for any language."""
    template_engine: Literal["twig", "mustache"]
    """Language the texts are written in."""


class SmsTemplateCreate(_SmsTemplateFields, total=False):
    """Fields of an SMS template accepted by create()."""

    name: Required[str]
    """Name."""
    message: Required[str]
    """Text of the message."""


class SmsTemplateUpdate(_SmsTemplateFields, total=False):
    """Fields of an SMS template accepted by save()."""

    name: str
    """Name."""
    message: str
    """Text of the message."""


class SmsTemplate(Refreshable, Updatable, Deletable):
    """A text message template (not in the API reference)."""

    __slots__ = ()

    _path = "sms_templates"

    id: int
    """ID."""
    name: str
    """Name."""
    language: str | None
    """Two-letter language code, null for any language."""
    message: str
    """Text of the message."""
    template_engine: str
    """Language the texts are written in."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def save(self, **fields: Unpack[SmsTemplateUpdate]) -> bool:
        """Update the SMS template: PATCH /sms_templates/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class SmsTemplates(Retrievable[SmsTemplate]):
    """The SMS templates of an account, as `client.SmsTemplate`."""

    _object = SmsTemplate

    def create(self, **params: Unpack[SmsTemplateCreate]) -> SmsTemplate:
        """Create a text message template: POST /sms_templates."""
        return self._create(params)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[SortParams]
    ) -> Generator[SmsTemplate, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[SortParams]) -> tuple[list[SmsTemplate], List]:
        """Fetch one page: GET /sms_templates. Return its records, and a `List` with its links and the total count."""
        return self._list(params)

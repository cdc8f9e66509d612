"""Email templates."""

from collections.abc import Mapping
from typing import Any, Literal

from .._compat import Required, Unpack
from ..options import Options, WriteParams
from .verbs import Deletable, Listable, Refreshable, Retrievable, Updatable


class _EmailTemplateFields(WriteParams, total=False):
    """Fields of an email template accepted by create() and save()."""

    name: str
    """Name."""
    type: Literal[
        "invoice", "credit_note", "payment_plan", "estimate", "subscription", "transaction", "statement", "chasing"
    ]
    """Kind of message; fixed by the ID for built-in templates."""
    language: str | None
    """Two-letter language code, null for any language."""
    options: Mapping[str, Any]
    """Settings, such as `attach_pdf`, `button_text`, `send_on_issue` or `send_reminder_every_days`; defaults depend on
    the template."""
    template_engine: Literal["twig", "mustache"]
    """Language the texts are written in."""


class EmailTemplateCreate(_EmailTemplateFields, total=False):
    """Fields of an email template accepted by create()."""

    id: str
    """ID."""
    subject: Required[str]
    """Subject; a built-in template falls back to its standard text."""
    body: Required[str]
    """Message; a built-in template falls back to its standard text."""


class EmailTemplateUpdate(_EmailTemplateFields, total=False):
    """Fields of an email template accepted by save()."""

    subject: str
    """Subject; a built-in template falls back to its standard text."""
    body: str
    """Message; a built-in template falls back to its standard text."""


class EmailTemplateFilter(Options, total=False):
    """Fields of an email template that find() can match."""

    type: str
    """Kind of message; fixed by the ID for built-in templates."""


class EmailTemplate(Refreshable, Updatable, Deletable):
    """An e-mail template (not in the API reference)."""

    __slots__ = ()

    _path = "email_templates"

    id: str
    """ID."""
    name: str
    """Name."""
    type: str
    """Kind of message; fixed by the ID for built-in templates."""
    language: str | None
    """Two-letter language code, null for any language."""
    subject: str
    """Subject; a built-in template falls back to its standard text."""
    body: str
    """Message; a built-in template falls back to its standard text."""
    template_engine: str
    """Language the texts are written in."""
    options: dict[str, Any]
    """Settings, such as `attach_pdf`, `button_text`, `send_on_issue` or `send_reminder_every_days`; defaults depend on
    the template."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def save(self, **fields: Unpack[EmailTemplateUpdate]) -> bool:
        """Update the email template: PATCH /email_templates/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class EmailTemplates(Retrievable[EmailTemplate], Listable[EmailTemplate]):
    """The email templates of an account, as `client.EmailTemplate`."""

    _object = EmailTemplate

    def create(self, **params: Unpack[EmailTemplateCreate]) -> EmailTemplate:
        """Create an e-mail template: POST /email_templates."""
        return self._create(params)

    def find(self, **filter: Unpack[EmailTemplateFilter]) -> EmailTemplate:
        """Find the one email template that matches these fields: GET /email_templates."""
        return self._find(filter)

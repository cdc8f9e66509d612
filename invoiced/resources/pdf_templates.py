"""PDF templates."""

from collections.abc import Generator
from typing import Literal

from .._compat import Required, Unpack
from ..list import List
from ..options import SortParams, WriteParams
from .verbs import Deletable, Refreshable, Retrievable, Updatable


class _PdfTemplateFields(WriteParams, total=False):
    """Fields of a PDF template accepted by create() and save()."""

    header_html: str | None
    """HTML of the page header."""
    header_css: str | None
    """Style of the page header."""
    footer_html: str | None
    """HTML of the page footer."""
    footer_css: str | None
    """Style of the page footer."""
    margin_top: str
    """Page margin on the top side, a length with its unit."""
    margin_bottom: str
    """Page margin on the bottom side, a length with its unit."""
    margin_left: str
    """Page margin on the left side, a length with its unit."""
    margin_right: str
    """Page margin on the right side, a length with its unit."""
    disable_smart_shrinking: bool
    """Whether automatic shrinking to the page is off."""
    template_engine: Literal["twig", "mustache"]
    """Language the texts are written in."""


class PdfTemplateCreate(_PdfTemplateFields, total=False):
    """Fields of a PDF template accepted by create()."""

    name: Required[str]
    """Name."""
    document_type: Required[Literal["invoice", "estimate", "receipt", "statement", "credit_note"]]
    """Document it is for."""
    html: Required[str]
    """HTML of the body."""
    css: Required[str]
    """Style of the body."""


class PdfTemplateUpdate(_PdfTemplateFields, total=False):
    """Fields of a PDF template accepted by save()."""

    name: str
    """Name."""
    document_type: Literal["invoice", "estimate", "receipt", "statement", "credit_note"]
    """Document it is for."""
    html: str
    """HTML of the body."""
    css: str
    """Style of the body."""


class PdfTemplate(Refreshable, Updatable, Deletable):
    """A PDF template (not in the API reference)."""

    __slots__ = ()

    _path = "pdf_templates"

    id: int
    """ID."""
    name: str
    """Name."""
    document_type: str
    """Document it is for."""
    html: str
    """HTML of the body."""
    css: str
    """Style of the body."""
    header_html: str | None
    """HTML of the page header."""
    header_css: str | None
    """Style of the page header."""
    footer_html: str | None
    """HTML of the page footer."""
    footer_css: str | None
    """Style of the page footer."""
    margin_top: str
    """Page margin on the top side, a length with its unit."""
    margin_bottom: str
    """Page margin on the bottom side, a length with its unit."""
    margin_left: str
    """Page margin on the left side, a length with its unit."""
    margin_right: str
    """Page margin on the right side, a length with its unit."""
    disable_smart_shrinking: bool
    """Whether automatic shrinking to the page is off."""
    template_engine: str
    """Language the texts are written in."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def save(self, **fields: Unpack[PdfTemplateUpdate]) -> bool:
        """Update the PDF template: PATCH /pdf_templates/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class PdfTemplates(Retrievable[PdfTemplate]):
    """The PDF templates of an account, as `client.PdfTemplate`."""

    _object = PdfTemplate

    def create(self, **params: Unpack[PdfTemplateCreate]) -> PdfTemplate:
        """Create a PDF template: POST /pdf_templates."""
        return self._create(params)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[SortParams]
    ) -> Generator[PdfTemplate, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[SortParams]) -> tuple[list[PdfTemplate], List]:
        """Fetch one page: GET /pdf_templates. Return its records, and a `List` with its links and the total count."""
        return self._list(params)

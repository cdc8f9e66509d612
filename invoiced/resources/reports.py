"""Reports."""

from collections.abc import Mapping
from typing import Any

from .._compat import Unpack
from ..options import WriteOptions
from .verbs import Refreshable, Retrievable


class ReportCreate(WriteOptions, total=False):
    """Fields of a report accepted by create()."""

    type: str
    """Name of a preset report, or `custom`."""
    definition: Mapping[str, Any] | str | None
    """Definition, required for a custom report."""
    parameters: Mapping[str, Any]
    """Parameters of the report, such as `$currency` or `$dateRange`."""


class Report(Refreshable):
    """A report, built in the background (not in the API reference)."""

    __slots__ = ()

    _path = "reports"

    id: int
    """ID."""
    type: str
    """Name of a preset report, or `custom`."""
    title: str
    """Title, empty until the report is built, `Failed` when it could not be."""
    filename: str
    """Name for downloads, empty until the report is built."""
    timestamp: int
    """Time of the figures, in Unix seconds."""
    data: list[dict[str, Any]] | dict[str, Any]
    """Sections of the report, empty until it is built; contains `error` if it failed."""
    definition: str | None
    """Definition of a custom report as JSON text."""
    parameters: dict[str, Any] | list[Any] | None
    """Parameters of the report, such as `$currency` or `$dateRange`."""
    csv_url: str | None
    """Address of the CSV file, once requested."""
    pdf_url: str | None
    """Address of the PDF file, once requested."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""


class Reports(Retrievable[Report]):
    """The reports of an account, as `client.Report`."""

    _object = Report

    def create(self, **params: Unpack[ReportCreate]) -> Report:
        """Create a report: POST /reports."""
        return self._create(params)

"""Shipping."""

from .._compat import TypedDict


class ShippingDetail(TypedDict, total=False):
    """Address to which goods are shipped."""

    name: str | None
    """Name of the recipient."""
    attention_to: str | None
    """Person for the attention line."""
    address1: str | None
    """First line of the street address."""
    address2: str | None
    """Second line of the street address."""
    city: str | None
    """City or town."""
    state: str | None
    """State, province or region."""
    postal_code: str | None
    """ZIP or postal code."""
    country: str | None
    """Two-letter ISO 3166-1 country code; an unknown one is refused."""

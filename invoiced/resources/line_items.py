"""Line items."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._compat import TypedDict
from ..object import Object
from ..values import Amount, Timestamp

if TYPE_CHECKING:
    from .coupons import Coupon
    from .customers import Customer
    from .items import Item
    from .plans import Plan
    from .tax_rates import TaxRate


class DiscountInput(TypedDict, total=False):
    """A discount to apply: a coupon ID on its own, or an object with an amount or a coupon."""

    id: int
    """ID."""
    amount: Amount
    """Amount to take off in currency units; ignored when a coupon is given."""
    coupon: str | Mapping[str, Any] | None
    """ID of a coupon, or the coupon object as the API returned it."""
    expires: Timestamp | None
    """When the discount lapses, in Unix seconds."""
    from_payment_terms: bool
    """Marks a discount for early payment."""


class TaxInput(TypedDict, total=False):
    """A tax to apply: a tax rate ID on its own, or an object with an amount or a rate."""

    id: int
    """ID."""
    amount: Amount
    """Tax in currency units; ignored when a rate is given."""
    tax_rate: str | Mapping[str, Any] | None
    """ID of a tax rate, or the tax rate object as the API returned it."""


class LineItemInput(TypedDict, total=False):
    """A line to put on a document."""

    id: int
    """ID."""
    catalog_item: str | None
    """ID of the item whose type, name, description, unit cost, flags and taxes fill in what the line leaves out; an
    unknown ID is ignored."""
    type: str | None
    """Free label that groups lines in reports, such as `product` or `service`."""
    name: str | None
    """Title of the line; blanks at both ends are removed."""
    description: str | None
    """Longer text of the line; blanks at both ends are removed."""
    quantity: Amount
    """Quantity, any sign, fractions allowed."""
    unit_cost: Amount
    """Price of one unit in currency units, any sign, more decimals than the currency allowed."""
    discountable: bool
    """False keeps the line amount out of the base of the document discounts; discounts of the line itself still
    apply."""
    discounts: Sequence[str | DiscountInput]
    """Discounts of this line only, at most ten are read back."""
    taxable: bool
    """False keeps the line amount out of the base of the document taxes; taxes of the line itself still apply."""
    taxes: Sequence[str | TaxInput]
    """Taxes of this line only, worked out after its discounts."""
    amount: Amount
    """Accepted and ignored; the API calculates the amount."""
    plan: str
    """ID of a plan the line bills; an unknown ID is refused."""
    period_start: Timestamp | None
    """Start of the billed period in Unix seconds; can be set on creation only."""
    period_end: Timestamp | None
    """End of the billed period in Unix seconds; can be set on creation only."""
    prorated: bool
    """Whether the line is a prorated part of a period; can be set on creation only."""
    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""


class Discount(Object):
    """A discount applied to a document or a line."""

    __slots__ = ()

    _type = "discount"
    _accepted = DiscountInput.__annotations__

    id: int
    """ID."""
    amount: Any
    """Amount taken off in currency units, worked out from the coupon when there is one."""
    coupon: "Coupon | None"
    """Coupon the amount was worked out from, as it was when applied, or null for a plain amount."""
    expires: int | None
    """When the discount lapses, in Unix seconds; it is then removed from an open document and the total goes up."""
    from_payment_terms: bool
    """Whether the discount stands for early payment under the terms."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""


class Tax(Object):
    """A tax applied to a document or a line."""

    __slots__ = ()

    _type = "tax"
    _accepted = TaxInput.__annotations__

    id: int
    """ID."""
    amount: Any
    """Tax in currency units, worked out from the rate when there is one."""
    tax_rate: "TaxRate | None"
    """Tax rate the amount was worked out from, as it was when applied, or null for a plain amount."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""


class LineItem(Object):
    """A billed or pending line."""

    __slots__ = ()

    _type = "line_item"
    _accepted = LineItemInput.__annotations__

    id: int | None
    """ID."""
    customer: "int | Customer"
    """Owner; present on pending line items only."""
    catalog_item: "str | Item | None"
    """ID of the item the line was made from, or null."""
    type: str | None
    """Free label that groups lines in reports, such as `product` or `service`."""
    name: str | None
    """Title of the line; blanks at both ends are removed."""
    description: str | None
    """Longer text of the line; blanks at both ends are removed."""
    quantity: Any
    """Quantity, any sign, fractions allowed."""
    unit_cost: Any
    """Price of one unit in currency units, any sign, more decimals than the currency allowed."""
    amount: Any
    """Quantity times unit cost rounded half up to the decimals of the currency, less any tax that is included in the
    price of this line."""
    discountable: bool
    """False keeps the line amount out of the base of the document discounts; discounts of the line itself still
    apply."""
    discounts: list[Discount]
    """Discounts of this line only, at most ten are read back."""
    taxable: bool
    """False keeps the line amount out of the base of the document taxes; taxes of the line itself still apply."""
    taxes: list[Tax]
    """Taxes of this line only, worked out after its discounts."""
    plan: "str | Plan | None"
    """ID of the plan the line bills; the key is missing on other lines."""
    subscription: int | None
    """ID of the subscription; present only on subscription lines and lines with a period."""
    period_start: int | None
    """Start of the billed period in Unix seconds; present only on subscription lines and lines with a period."""
    period_end: int | None
    """End of the billed period in Unix seconds; present only on subscription lines and lines with a period."""
    prorated: bool
    """Whether the line is prorated; present only on subscription lines and lines with a period."""
    created_at: int | None
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int | None
    """Time of the last change, as a Unix timestamp in seconds."""
    metadata: dict[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""

"""Payment plans."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._compat import Required, TypedDict, Unpack
from ..encoding import Path
from ..options import Options
from ..values import Amount, Timestamp
from .invoice_plans import Cancelable, OnePerInvoice

if TYPE_CHECKING:
    from ..client import Client


class PaymentPlanApproval(TypedDict, total=False):
    """Approval of a payment plan."""

    id: int
    """ID."""
    ip: str
    """IP address of the approver."""
    timestamp: int
    """Time of approval in Unix seconds."""
    user_agent: str
    """Browser user agent of the approver."""


class PaymentPlanInstallment(TypedDict, total=False):
    """One installment."""

    date: Timestamp
    """When it is due, in Unix seconds."""
    amount: Amount
    """Amount of the installment in currency units."""
    balance: Amount
    """Part still owed, in currency units."""


class PaymentPlanInstallmentInput(TypedDict, total=False):
    """An installment to plan."""

    date: Required[Timestamp]
    """When it is due, in Unix seconds."""
    amount: Required[Amount]
    """Amount in currency units, above zero."""
    balance: Amount
    """Part still owed, in currency units, zero or more."""


class PaymentPlanCreate(Options, total=False):
    """Fields of a payment plan accepted by create()."""

    installments: Required[Sequence[PaymentPlanInstallmentInput]]
    """Installments in any order."""
    autopay: bool
    """Whether the installments are charged automatically; only a JSON boolean counts."""
    require_approval: bool
    """With AutoPay, whether the customer has to approve first; only a JSON boolean counts."""


class PaymentPlan(Cancelable):
    """A plan to pay an invoice in installments (chapter "Payment plans")."""

    __slots__ = ()

    _path = "payment_plan"
    _type = "payment_plan"
    _fetched_with = "invoice.payment_plans().retrieve()"

    id: int
    """ID."""
    status: str
    """State of the plan."""
    installments: list[PaymentPlanInstallment]
    """Installments by date."""
    approval: PaymentPlanApproval | None
    """Approval by the customer, or null."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def __init__(self, client: "Client", id: int | str, values: Mapping[str, Any] = {}, *, parent: Path) -> None:
        super().__init__(client, id, values, parent=parent)


class PaymentPlans(OnePerInvoice[PaymentPlan]):
    """The payment plans of an invoice, as `invoice.payment_plans()`."""

    _object = PaymentPlan

    def create(self, **params: Unpack[PaymentPlanCreate]) -> PaymentPlan:
        """Create a payment plan: PUT /invoices/:invoice_id/payment_plan."""
        return self._create(params)

"""Roles."""

from .._compat import Required, Unpack
from ..options import Options, WriteParams
from ..values import Timestamp
from .verbs import Deletable, Listable, Refreshable, Retrievable, Updatable


class _RoleFields(WriteParams, total=False):
    """Fields of a role accepted by create() and save()."""

    bills_create: bool
    """Whether members may create bills."""
    bills_delete: bool
    """Whether members may delete bills."""
    bills_edit: bool
    """Whether members may edit bills."""
    business_admin: bool
    """Whether members may administer the account."""
    business_billing: bool
    """Whether members may manage the subscription to Invoiced."""
    catalog_edit: bool
    """Whether members may change items, plans, coupons and tax rates."""
    charges_create: bool
    """Whether members may create charges."""
    comments_create: bool
    """Whether members may create comments."""
    credit_notes_create: bool
    """Whether members may create credit notes."""
    credit_notes_delete: bool
    """Whether members may delete credit notes."""
    credit_notes_edit: bool
    """Whether members may edit credit notes."""
    credit_notes_issue: bool
    """Whether members may issue credit notes."""
    credit_notes_void: bool
    """Whether members may void credit notes."""
    credits_apply: bool
    """Whether members may apply credits."""
    credits_create: bool
    """Whether members may create credits."""
    customers_create: bool
    """Whether members may create customers."""
    customers_delete: bool
    """Whether members may delete customers."""
    customers_edit: bool
    """Whether members may edit customers."""
    emails_send: bool
    """Whether members may send emails."""
    estimates_create: bool
    """Whether members may create estimates."""
    estimates_delete: bool
    """Whether members may delete estimates."""
    estimates_edit: bool
    """Whether members may edit estimates."""
    estimates_issue: bool
    """Whether members may issue estimates."""
    estimates_void: bool
    """Whether members may void estimates."""
    imports_create: bool
    """Whether members may create imports."""
    invoices_create: bool
    """Whether members may create invoices."""
    invoices_delete: bool
    """Whether members may delete invoices."""
    invoices_edit: bool
    """Whether members may edit invoices."""
    invoices_issue: bool
    """Whether members may issue invoices."""
    invoices_void: bool
    """Whether members may void invoices."""
    letters_send: bool
    """Whether members may send letters."""
    notes_create: bool
    """Whether members may create notes."""
    notes_delete: bool
    """Whether members may delete notes."""
    notes_edit: bool
    """Whether members may edit notes."""
    notifications_edit: bool
    """Whether members may edit notifications."""
    payments_create: bool
    """Whether members may create payments."""
    payments_delete: bool
    """Whether members may delete payments."""
    payments_edit: bool
    """Whether members may edit payments."""
    refunds_create: bool
    """Whether members may create refunds."""
    reports_create: bool
    """Whether members may create reports."""
    settings_edit: bool
    """Whether members may change settings."""
    subscriptions_create: bool
    """Whether members may create subscriptions."""
    subscriptions_delete: bool
    """Whether members may delete subscriptions."""
    subscriptions_edit: bool
    """Whether members may edit subscriptions."""
    tasks_create: bool
    """Whether members may create tasks."""
    tasks_delete: bool
    """Whether members may delete tasks."""
    tasks_edit: bool
    """Whether members may edit tasks."""
    text_messages_send: bool
    """Whether members may send text messages."""
    vendor_payments_create: bool
    """Whether members may create vendor payments."""
    vendor_payments_delete: bool
    """Whether members may delete vendor payments."""
    vendor_payments_edit: bool
    """Whether members may edit vendor payments."""
    vendors_create: bool
    """Whether members may create vendors."""
    vendors_delete: bool
    """Whether members may delete vendors."""
    vendors_edit: bool
    """Whether members may edit vendors."""


class RoleCreate(_RoleFields, total=False):
    """Fields of a role accepted by create()."""

    id: str
    """ID."""
    name: Required[str]
    """Name."""


class RoleUpdate(_RoleFields, total=False):
    """Fields of a role accepted by save()."""

    name: str
    """Name."""


class RoleFilter(Options, total=False):
    """Fields of a role that find() can match."""

    created_at: Timestamp
    """Creation time, as a Unix timestamp in seconds."""
    id: str
    """ID."""
    name: str
    """Name."""
    updated_at: Timestamp
    """Time of the last change, as a Unix timestamp in seconds."""


class Role(Refreshable, Updatable, Deletable):
    """A set of permissions (not in the API reference)."""

    __slots__ = ()

    _path = "roles"

    id: str
    """ID."""
    name: str
    """Name."""
    bills_create: bool
    """Whether members may create bills."""
    bills_delete: bool
    """Whether members may delete bills."""
    bills_edit: bool
    """Whether members may edit bills."""
    business_admin: bool
    """Whether members may administer the account."""
    business_billing: bool
    """Whether members may manage the subscription to Invoiced."""
    catalog_edit: bool
    """Whether members may change items, plans, coupons and tax rates."""
    charges_create: bool
    """Whether members may create charges."""
    comments_create: bool
    """Whether members may create comments."""
    credit_notes_create: bool
    """Whether members may create credit notes."""
    credit_notes_delete: bool
    """Whether members may delete credit notes."""
    credit_notes_edit: bool
    """Whether members may edit credit notes."""
    credit_notes_issue: bool
    """Whether members may issue credit notes."""
    credit_notes_void: bool
    """Whether members may void credit notes."""
    credits_apply: bool
    """Whether members may apply credits."""
    credits_create: bool
    """Whether members may create credits."""
    customers_create: bool
    """Whether members may create customers."""
    customers_delete: bool
    """Whether members may delete customers."""
    customers_edit: bool
    """Whether members may edit customers."""
    emails_send: bool
    """Whether members may send emails."""
    estimates_create: bool
    """Whether members may create estimates."""
    estimates_delete: bool
    """Whether members may delete estimates."""
    estimates_edit: bool
    """Whether members may edit estimates."""
    estimates_issue: bool
    """Whether members may issue estimates."""
    estimates_void: bool
    """Whether members may void estimates."""
    imports_create: bool
    """Whether members may create imports."""
    invoices_create: bool
    """Whether members may create invoices."""
    invoices_delete: bool
    """Whether members may delete invoices."""
    invoices_edit: bool
    """Whether members may edit invoices."""
    invoices_issue: bool
    """Whether members may issue invoices."""
    invoices_void: bool
    """Whether members may void invoices."""
    letters_send: bool
    """Whether members may send letters."""
    notes_create: bool
    """Whether members may create notes."""
    notes_delete: bool
    """Whether members may delete notes."""
    notes_edit: bool
    """Whether members may edit notes."""
    notifications_edit: bool
    """Whether members may edit notifications."""
    payments_create: bool
    """Whether members may create payments."""
    payments_delete: bool
    """Whether members may delete payments."""
    payments_edit: bool
    """Whether members may edit payments."""
    refunds_create: bool
    """Whether members may create refunds."""
    reports_create: bool
    """Whether members may create reports."""
    settings_edit: bool
    """Whether members may change settings."""
    subscriptions_create: bool
    """Whether members may create subscriptions."""
    subscriptions_delete: bool
    """Whether members may delete subscriptions."""
    subscriptions_edit: bool
    """Whether members may edit subscriptions."""
    tasks_create: bool
    """Whether members may create tasks."""
    tasks_delete: bool
    """Whether members may delete tasks."""
    tasks_edit: bool
    """Whether members may edit tasks."""
    text_messages_send: bool
    """Whether members may send text messages."""
    vendor_payments_create: bool
    """Whether members may create vendor payments."""
    vendor_payments_delete: bool
    """Whether members may delete vendor payments."""
    vendor_payments_edit: bool
    """Whether members may edit vendor payments."""
    vendors_create: bool
    """Whether members may create vendors."""
    vendors_delete: bool
    """Whether members may delete vendors."""
    vendors_edit: bool
    """Whether members may edit vendors."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def save(self, **fields: Unpack[RoleUpdate]) -> bool:
        """Update the role: PATCH /roles/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class Roles(Retrievable[Role], Listable[Role]):
    """The roles of an account, as `client.Role`."""

    _object = Role

    def create(self, **params: Unpack[RoleCreate]) -> Role:
        """Create a role: POST /roles."""
        return self._create(params)

    def find(self, **filter: Unpack[RoleFilter]) -> Role:
        """Find the one role that matches these fields: GET /roles."""
        return self._find(filter)

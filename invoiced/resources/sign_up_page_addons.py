"""Sign-up page addons."""

from typing import TYPE_CHECKING, Literal

from .._compat import Required, Unpack
from ..options import Options, WriteParams
from .verbs import Deletable, Listable, Refreshable, Retrievable, Updatable

if TYPE_CHECKING:
    from .items import Item
    from .plans import Plan


class _SignUpPageAddonFields(WriteParams, total=False):
    """Fields of a sign-up page addon accepted by create() and save()."""

    required: bool
    """Whether the addon is required."""
    order: int | None
    """Place on the page."""
    catalog_item: str
    """Item on offer, as a full object while it exists."""
    plan: str
    """Plan on offer, as a full object while it exists."""


class SignUpPageAddonCreate(_SignUpPageAddonFields, total=False):
    """Fields of a sign-up page addon accepted by create()."""

    sign_up_page: Required[int]
    """Sign-up page."""
    recurring: Required[bool]
    """Whether it is billed every period."""
    type: Required[Literal["boolean", "quantity"]]
    """Whether it is a check box or a quantity."""


class SignUpPageAddonUpdate(_SignUpPageAddonFields, total=False):
    """Fields of a sign-up page addon accepted by save()."""

    sign_up_page: int
    """Sign-up page."""
    recurring: bool
    """Whether it is billed every period."""
    type: Literal["boolean", "quantity"]
    """Whether it is a check box or a quantity."""


class SignUpPageAddonFilter(Options, total=False):
    """Fields of a sign-up page addon that find() can match."""

    sign_up_page_id: str | int
    """Filter by `sign_up_page_id`."""


class SignUpPageAddon(Refreshable, Updatable, Deletable):
    """An addon of a sign-up page (not in the API reference)."""

    __slots__ = ()

    _path = "sign_up_page_addons"

    id: int
    """ID."""
    sign_up_page: int
    """Sign-up page."""
    catalog_item: "str | Item | None"
    """Item on offer, as a full object while it exists."""
    plan: "str | Plan | None"
    """Plan on offer, as a full object while it exists."""
    type: str
    """Whether it is a check box or a quantity."""
    required: bool
    """Whether the addon is required."""
    recurring: bool
    """Whether it is billed every period."""
    order: int | None
    """Place on the page."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def save(self, **fields: Unpack[SignUpPageAddonUpdate]) -> bool:
        """Update the sign-up page addon: PATCH /sign_up_page_addons/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class SignUpPageAddons(Retrievable[SignUpPageAddon], Listable[SignUpPageAddon]):
    """The sign-up page addons of an account, as `client.SignUpPageAddon`."""

    _object = SignUpPageAddon

    def create(self, **params: Unpack[SignUpPageAddonCreate]) -> SignUpPageAddon:
        """Create a sign-up page addon: POST /sign_up_page_addons."""
        return self._create(params)

    def find(self, **filter: Unpack[SignUpPageAddonFilter]) -> SignUpPageAddon:
        """Find the one sign-up page addon that matches these fields: GET /sign_up_page_addons."""
        return self._find(filter)

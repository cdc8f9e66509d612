"""Members."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from .._compat import Required, Self, TypedDict, Unpack
from ..options import Options, WriteOptions, WriteParams
from ..values import Timestamp
from .verbs import Deletable, Listable, Refreshable, Retrievable, Updatable

if TYPE_CHECKING:
    from .roles import Role


class User(TypedDict, total=False):
    """A user of the account."""

    id: int
    """ID."""
    first_name: str | None
    """First name."""
    last_name: str | None
    """Last name."""
    email: str | None
    """E-mail address."""
    registered: bool
    """Whether registration is complete."""
    two_factor_enabled: bool
    """Whether two-factor sign-in is on."""
    created_at: int | None
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int | None
    """Time of the last change, as a Unix timestamp in seconds."""


class MemberEmailFrequency(WriteOptions, total=False):
    """E-mail settings of a member; only the given settings change."""

    email_update_frequency: str
    """How often a summary is e-mailed."""
    subscribe_all: bool
    """Whether notifications cover all customers."""
    notifications: bool
    """Whether the newer notifications are on."""


class MemberInvite(WriteOptions, total=False):
    """Parameters of an invitation, without effect."""

    id: int
    """ID."""


class _MemberFields(WriteParams, total=False):
    """Fields of a member accepted by create() and save()."""

    restriction_mode: Literal["none", "custom_field", "owner"]
    """Customers that the member sees: all, customers with matching custom fields, or the member's own."""
    restrictions: Mapping[str, Any] | None
    """Allowed values by custom field, at most 3 fields of 1 to 10 values; null for none."""
    email_update_frequency: str | None
    """How often a summary is e-mailed, null for never."""


class MemberCreate(_MemberFields, total=False):
    """Fields of a member accepted by create()."""

    email: str
    """E-mail address; if no user has it, a user is created."""
    first_name: str
    """First name of a user to create."""
    last_name: str
    """Last name of a user to create."""
    role: Required[str]
    """Role ID."""
    user_id: int
    """Existing user, instead of the e-mail address."""


class MemberUpdate(_MemberFields, total=False):
    """Fields of a member accepted by save()."""

    email: str
    """Accepted and ignored."""
    first_name: str
    """Accepted and ignored."""
    last_name: str
    """Accepted and ignored."""
    role: str
    """Role ID."""
    notifications: bool
    """Whether the newer notifications are on."""
    subscribe_all: bool
    """Whether notifications cover all customers."""


class MemberFilter(Options, total=False):
    """Fields of a member that find() can match."""

    created_at: Timestamp
    """Creation time, as a Unix timestamp in seconds."""
    role: str
    """Role ID."""
    user_id: str | int
    """Filter by `user_id`."""


class Member(Refreshable, Updatable, Deletable):
    """A user with access to the account (not in the API reference)."""

    __slots__ = ()

    _path = "members"

    id: int
    """ID."""
    user: User
    """The user."""
    role: "str | Role"
    """Role ID."""
    restriction_mode: str
    """Customers that the member sees: all, customers with matching custom fields, or the member's own."""
    restrictions: dict[str, Any] | None
    """Allowed values by custom field, at most 3 fields of 1 to 10 values; null for none."""
    email_update_frequency: str | None
    """How often a summary is e-mailed, null for never."""
    last_accessed: int | None
    """Last sign-in, null before the first."""
    notifications: bool
    """Whether the newer notifications are on."""
    subscribe_all: bool
    """Whether notifications cover all customers."""
    notification_viewed: str
    """When notifications were last looked at, ISO 8601."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def save(self, **fields: Unpack[MemberUpdate]) -> bool:
        """Update the member: PATCH /members/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)

    def set_email_frequency(self, **params: Unpack[MemberEmailFrequency]) -> Self:
        """Set how often a member is e-mailed: PATCH /members/:id/frequency. Return it with its new fields."""
        return self._change("PATCH", ("frequency",), params)

    def send_invite(self, **params: Unpack[MemberInvite]) -> None:
        """Invite a member: POST /members/:id/invites."""
        self._send("POST", ("invites",), params)


class Members(Retrievable[Member], Listable[Member]):
    """The members of an account, as `client.Member`."""

    _object = Member

    def create(self, **params: Unpack[MemberCreate]) -> Member:
        """Create a member: POST /members."""
        return self._create(params)

    def find(self, **filter: Unpack[MemberFilter]) -> Member:
        """Find the one member that matches these fields: GET /members."""
        return self._find(filter)

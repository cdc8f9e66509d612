"""Webhooks."""

from collections.abc import Generator, Sequence

from .._compat import Unpack
from ..collection import Collection
from ..list import List
from ..options import PageParams, WriteParams
from .verbs import Deletable, Updatable


class WebhookParams(WriteParams, total=False):
    """Parameters of a webhook; a name that is not listed here is rejected with 400."""

    url: str
    """Address that events are posted to; must be a valid URL."""
    enabled: bool
    """Whether events are sent."""
    events: Sequence[str]
    """Event types to send; `*` means all."""


class WebhookList(PageParams, total=False):
    """Parameters of list() and all()."""

    sort: str
    """Column and direction, such as `name asc`."""


class Webhook(Updatable, Deletable):
    """A webhook endpoint (not in the API reference)."""

    __slots__ = ()

    _path = "webhooks"
    _instead = {"refresh": "client.Webhook.list()"}

    id: int
    """ID."""
    url: str
    """Address that events are posted to."""
    enabled: bool
    """Whether events are sent; the API switches it off after 48 failed deliveries or a response of 410."""
    events: list[str]
    """Event types to send; `*` means all."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def save(self, **fields: Unpack[WebhookParams]) -> bool:
        """Update the webhook: PATCH /webhooks/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class Webhooks(Collection[Webhook]):
    """The webhooks of an account, as `client.Webhook`."""

    _object = Webhook
    _instead = {"retrieve": "client.Webhook.list()"}

    def create(self, **params: Unpack[WebhookParams]) -> Webhook:
        """Create a webhook: POST /webhooks."""
        return self._create(params)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[WebhookList]
    ) -> Generator[Webhook, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[WebhookList]) -> tuple[list[Webhook], List]:
        """Fetch one page: GET /webhooks. Return its records, and a `List` with its links and the total count."""
        return self._list(params)

"""The Python client for the Invoiced billing API.

Start with a client: `client = invoiced.Client("{API_KEY}")`.

Example:
    .. code-block:: python

        customer = client.Customer.create(name="Acme", payment_terms="NET 30")
        customer.payment_terms = "NET 14"
        customer.save()
"""

# ruff: noqa: I001
import typing

from .client import Client
from .collection import Collection
from .encoding import encode_json
from .errors import ApiConnectionError, ApiError, ApiTimeoutError, AuthenticationError, ErrorBase, InvalidRequestError
from .errors import InvoicedError, MultipleFoundError, NotFoundError, PermissionDeniedError, RateLimitError
from .list import List
from .messages import Response
from .object import Object
from . import resources
from .resources import *  # noqa: F403
from .retries import backoff
from .settings import is_local
from .version import VERSION, VERSION as __version__

if typing.TYPE_CHECKING:
    from .deadline import DeadlineAdapter
else:

    def __getattr__(name: str) -> typing.Any:
        """Import DeadlineAdapter on first use, because importing requests is slow."""
        if name != "DeadlineAdapter":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from .deadline import DeadlineAdapter

        return globals().setdefault(name, DeadlineAdapter)


__all__ = [
    "VERSION", "ApiConnectionError", "ApiError", "ApiTimeoutError", "AuthenticationError", "Client", "Collection",
    "DeadlineAdapter", "ErrorBase", "InvalidRequestError", "InvoicedError", "List", "MultipleFoundError",
    "NotFoundError", "Object", "PermissionDeniedError", "RateLimitError", "Response", "__version__", "backoff",
    "encode_json", "is_local",
]  # fmt: skip
__all__ += resources.__all__

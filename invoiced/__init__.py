"""The Python client for the Invoiced billing API.

It begins with a client, `client = invoiced.Client("{API_KEY}")`, which hands out everything else.

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
from .version import VERSION, VERSION as __version__

if typing.TYPE_CHECKING:
    from .deadline import DeadlineAdapter
else:

    def __getattr__(name: str) -> typing.Any:
        """Load DeadlineAdapter once it is asked for: requests takes longer to load than all the rest."""
        if name != "DeadlineAdapter":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from .deadline import DeadlineAdapter

        return globals().setdefault(name, DeadlineAdapter)


__all__ = [
    "VERSION", "ApiConnectionError", "ApiError", "ApiTimeoutError", "AuthenticationError", "Client", "Collection",
    "DeadlineAdapter", "ErrorBase", "InvalidRequestError", "InvoicedError", "List", "MultipleFoundError",
    "NotFoundError", "Object", "PermissionDeniedError", "RateLimitError", "Response", "__version__",
    "encode_json",
]  # fmt: skip
__all__ += resources.__all__

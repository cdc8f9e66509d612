"""The Python client for the Invoiced billing API.

Start with a client: `client = invoiced.Client("{API_KEY}")`.

Example:
    .. code-block:: python

        customer = client.Customer.create(name="Acme", payment_terms="NET 30")
        customer.payment_terms = "NET 14"
        customer.save()

PYTEST_DONT_REWRITE: a program may import the library before it starts pytest.
"""

# ruff: noqa: I001
import importlib
import typing

from .client import Client
from .collection import Collection
from .encoding import encode_json
from .errors import ApiConnectionError, ApiError, ApiTimeoutError, AuthenticationError, ConcurrentUpdateError
from .errors import ErrorBase, InvalidRequestError, InvoicedError, ListChangedError, MultipleFoundError, NotFoundError
from .errors import PermissionDeniedError, RateLimitError
from .list import List
from .messages import Response
from .object import Object
from .options import ListParams, Options, PageParams, RetrieveParams, SortParams, WriteOptions, WriteParams
from . import resources
from .resources.collections import COLLECTIONS, NESTED_COLLECTIONS
from .retries import backoff
from .settings import is_local
from .version import VERSION, VERSION as __version__

_MODULES = {"DeadlineAdapter": "deadline", "RateLimit": "rate_limit", "UploadedFile": "uploads", "webhooks": "webhooks"}

if typing.TYPE_CHECKING:
    from . import webhooks as webhooks
    from .deadline import DeadlineAdapter
    from .rate_limit import RateLimit
    from .resources import *  # noqa: F403
    from .uploads import UploadedFile
else:

    def __getattr__(name: str) -> typing.Any:
        """Import a name on first use, because importing requests and all resources is slow."""
        if name not in {*_MODULES, *resources.__all__}:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = importlib.import_module(f".{_MODULES.get(name, 'resources')}", __name__)
        return globals().setdefault(name, getattr(module, name, module))

    def __dir__() -> typing.Any:
        """Return the public names, including those that were not used yet."""
        return sorted({*globals(), *__all__, "webhooks"})


__all__ = [
    "COLLECTIONS", "NESTED_COLLECTIONS", "VERSION", "ApiConnectionError", "ApiError", "ApiTimeoutError",
    "AuthenticationError", "Client", "Collection", "ConcurrentUpdateError", "DeadlineAdapter", "ErrorBase",
    "InvalidRequestError", "InvoicedError", "List", "ListChangedError", "ListParams", "MultipleFoundError",
    "NotFoundError", "Object", "Options", "PageParams", "PermissionDeniedError", "RateLimit", "RateLimitError",
    "Response", "RetrieveParams", "SortParams", "UploadedFile", "WriteOptions", "WriteParams", "__version__", "backoff",
    "encode_json", "is_local",
]  # fmt: skip
__all__ += resources.__all__

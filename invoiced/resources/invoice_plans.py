"""The payment plan of an invoice: at most one plan per invoice, so its path has no ID."""

from collections.abc import Mapping
from typing import Any

from .._compat import Unpack
from ..collection import AnyObject, Collection
from ..encoding import Path
from ..options import Options, read_arguments, write_arguments
from .verbs import Record


class Cancelable(Record):
    """A payment plan that can be canceled."""

    __slots__ = ()

    def _address(self) -> Path:
        return super()._address()[:-1]

    def cancel(self, **options: Unpack[Options]) -> bool:
        """Cancel the payment plan and return True: DELETE /invoices/:invoice_id/payment_plan."""
        self._connection().request("DELETE", self._address(), **read_arguments(options))
        return True

    def delete(self, **options: Unpack[Options]) -> bool:
        """Do the same as cancel(), under the name of invoiced 3.0.0: DELETE /invoices/:invoice_id/payment_plan."""
        return self.cancel(**options)


class OnePerInvoice(Collection[AnyObject]):
    """A collection of at most one record."""

    def _create(self, params: Mapping[str, Any], *, path: Path = ()) -> AnyObject:
        arguments = write_arguments(params)
        return self._build(self._client.request("PUT", path or self._path, expect=dict, **arguments).body)

    def retrieve(self, **options: Unpack[Options]) -> AnyObject:
        """Fetch the payment plan: GET /invoices/:invoice_id/payment_plan."""
        arguments = read_arguments(options)
        return self._build(self._client.request("GET", self._path, expect=dict, **arguments).body)

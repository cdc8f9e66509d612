"""Collections of records of several types."""

from typing import Any

from ..collection import AnyObject, Collection
from ..encoding import Path
from ..object import Object, class_of


class _PaymentSource(Object):
    """A payment source of unknown type. It also defines the path of the collection."""

    _path = "payment_sources"


class CardsAndBankAccounts(Collection[AnyObject]):
    """The cards and bank accounts of a customer, distinguished by the field `object`."""

    _object = _PaymentSource  # type: ignore[assignment]

    def _build(self, values: dict[str, Any]) -> AnyObject:
        cls: Any = class_of(str(values.get("object"))) or _PaymentSource
        parent: Path = self._parent
        record: AnyObject = cls._from_response(self._client, values, parent)
        return record

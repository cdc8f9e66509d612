"""Documents that are created together with their customer (billing.md 3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from invoiced.emulator.customers.customers import CUSTOMER
from invoiced.emulator.description import OPERATIONS
from invoiced.emulator.description.names import known_in_body
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records import records
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.records.operation_parameters import body_of

_CREATE = next(operation for operation in OPERATIONS if operation.name == "Customer.create")


def with_new_customers(behaviour: Behaviour, resource: str) -> Behaviour:
    """Return the behavior of documents whose customer is created from an object without an ID."""
    create = behaviour.operations[f"{resource}.create"]

    def create_with_customer(call: Call) -> Result:
        given = call.body.get("customer")
        if isinstance(given, Mapping) and given.get("id") is None:
            call = replace(call, body={**call.body, "customer": _new_customer(call, given)})
        return create(call)

    return behaviour.with_operations({f"{resource}.create": create_with_customer})


def _new_customer(call: Call, given: Mapping[str, object]) -> object:
    """Create a customer as its own call does, and return its ID."""
    sent = {name: value for name, value in given.items() if name != "id"}
    try:
        body = body_of(_CREATE, known_in_body(_CREATE, sent))
        created = records.create(replace(call, operation=_CREATE, ids={}, query={}, body=body), CUSTOMER)
    except ApiError as error:
        raise ApiError(error.status, f"The customer cannot be created. {error.message}", "customer") from None
    return created.body["id"]

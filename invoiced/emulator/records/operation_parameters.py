"""Parameters of a call, converted and validated as the API does it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from functools import cache
from typing import Any

from invoiced.emulator.description import Operation, types_of
from invoiced.emulator.description.conversion import BOOLEANS, convert
from invoiced.emulator.description.names import known_in_query, known_inside
from invoiced.emulator.description.parameters import Parameters
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records import metadata
from invoiced.emulator.values.brackets import parse_nested
from invoiced.emulator.values.times import time_of

_UNNAMED = {"Subscription": None, "SubscriptionPreview": "request"}
"""Resources whose errors do not name the parameter, with what is named if one is missing (catalog.md 1)."""


_WITH_COMMAS = ("expand", "include", "exclude")


def query_of(operation: Operation, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the query parameters of a call. `ApiError` if they are invalid."""
    expected = _query(operation)
    try:
        sent = parse_nested(pairs)
    except ApiError as error:
        raise ApiError(400, error.message, "query") from None
    sent = {name: value for name, value in known_in_query(operation, sent).items() if value != ""}
    for name, value in sent.items():
        if name in _WITH_COMMAS and not isinstance(value, str):  # core.md, I8
            raise ApiError(400, f"The parameter {name} must be text, with commas: {name}=one,another.", "query")
        if "boolean" in types_of(expected.properties[name]) and isinstance(value, str):
            sent[name] = value != "0"
    try:
        return expected.validate(convert(sent, expected.schema))
    except ApiError as error:
        is_value = error.param == "filter" and isinstance(sent["filter"], dict)  # catalog.md 0.9
        raise ApiError(400, error.message, None if is_value else "query") from None


def body_of(operation: Operation, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body parameters of a call, whose names were checked before. `ApiError` if they are invalid."""
    if operation.name in _WITHOUT_PARAM:
        try:
            return _body_of(operation, sent)
        except ApiError as error:
            raise ApiError(400, error.message) from None
    if operation.resource == "InvoiceChasingCadence":
        return _cadence_of(operation, sent)
    if operation.name not in _STRICT:
        return _body_of(operation, sent)
    for name, value in sent.items():
        types = types_of(_body(operation).properties[name])
        if "integer" in types and isinstance(value, str | Decimal):
            raise ApiError(400, f"The parameter {name} must be a whole number, sent as JSON.", "request")
    try:
        return _body_of(operation, sent)
    except ApiError as error:
        kept = error.param in ("metadata", "applied_to") and isinstance(sent.get(error.param), dict | list)
        raise error if kept else ApiError(400, error.message, "request") from None


def _cadence_of(operation: Operation, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a cadence of invoices. Errors of its steps name no parameter (catalog.md 12.6)."""
    try:
        return _body_of(operation, sent)
    except ApiError as error:
        raise ApiError(400, error.message, None if error.param == "chase_schedule" else error.param) from None


_STRICT = ("Payment.create", "Payment.save", "CreditBalanceAdjustment.create")
"""Calls that take whole numbers as JSON only, and blame the request for a wrong type (billing.md 1.4)."""


_JSON_INTEGERS: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("Coupon.create", "Coupon.save"), ("duration", "max_redemptions")),
    **dict.fromkeys(("ChasingCadence.create", "ChasingCadence.save"), ("time_of_day",)),
}
"""By call, the whole numbers that it takes as JSON only, and never null (catalog.md 0.7, 4.2, 12.2)."""

_JSON_INTEGERS_IN_LISTS: Mapping[str, tuple[str, Sequence[str]]] = dict.fromkeys(
    ("Plan.create", "Subscription.preview"), ("tiers", ("min_qty", "max_qty"))
)
"""The same in the items of a list (catalog.md 2.5)."""

_WITH_WORDS = frozenset(
    (
        *("ChasingCadence", "Coupon", "CustomField", "InvoiceChasingCadence", "Item", "LateFeeSchedule", "Member"),
        *("MerchantAccount", "Notification", "PaymentMethod", "PendingLineItem", "Role", "SignUpPage"),
        *("SignUpPageAddon", "Subscription", "SubscriptionPreview", "Task", "TaxRate"),
    )
)
"""Resources whose calls take words for booleans (catalog.md 0.7)."""

_WORDS = {**BOOLEANS, "true": True, "on": True, "false": False, "off": False}

_WITHOUT_PARAM = (
    *("Charge.create", "Refund.create", "Customer.payment_sources.create", "Invoice.payment_plan.create"),
)
"""Calls whose errors name no parameter (billing.md 4.2, 9.2, 10.1)."""


_WITH_DATE_AS_TEXT = (
    *(f"{document}.{call}" for document in ("Invoice", "CreditNote", "Estimate") for call in ("create", "save")),
    "Customer.invoice",
)
"""Calls that also take an ISO 8601 date or time as the date (billing.md 1.7)."""


def _check_json_integers(operation: Operation, sent: Mapping[str, Any]) -> None:
    """Refuse text, a fraction or null in place of a whole number, where the API does not convert it."""
    for name in _JSON_INTEGERS.get(operation.name, ()):
        _check_json_integer(sent, name, name)
    param, names = _JSON_INTEGERS_IN_LISTS.get(operation.name, ("", ()))
    listed = sent.get(param)
    items = [*listed.values()] if isinstance(listed, dict) else listed  # In a form, items are named by their indexes.
    for item in items if isinstance(items, list) else ():
        for name in names if isinstance(item, dict) else ():
            _check_json_integer(item, name, param)


def _check_json_integer(sent: Mapping[str, Any], name: str, param: str) -> None:
    if name in sent and (isinstance(sent[name], bool) or not isinstance(sent[name], int)):
        raise ApiError(400, f"The parameter {name} must be a whole number, sent as JSON.", param)


def _body_of(operation: Operation, sent: Mapping[str, Any]) -> dict[str, Any]:
    expected = _body(operation)
    required = expected.schema.get("required", ())
    values = {
        name: None if value == "" and "null" in types_of(expected.properties.get(name, {})) else value
        for name, value in sent.items()
        if value != "" or name not in required
    }
    if operation.name == "Invoice.payment_plan.create":  # billing.md 4.1: only JSON booleans count.
        flags = [name for name, each in expected.properties.items() if "boolean" in types_of(each)]
        values = {name: value for name, value in values.items() if name not in flags or isinstance(value, bool)}
    date = values.get("date")
    if operation.name in _WITH_DATE_AS_TEXT and isinstance(date, str) and not date.isdecimal():
        with suppress(ValueError):  # Other text is refused with what is not a whole number.
            values["date"] = int(time_of(date).timestamp())
    if "metadata" in expected.properties and "metadata" in values:  # A null clears it (catalog.md 0.11).
        values["metadata"] = {} if values["metadata"] is None else metadata.check(values["metadata"])
    booleans = _WORDS if operation.resource in _WITH_WORDS else BOOLEANS
    try:
        _check_json_integers(operation, values)
        return expected.validate(known_inside(operation, convert(values, expected.schema, booleans)))
    except ApiError as error:
        if operation.resource not in _UNNAMED:
            raise
        is_missing = error.param in required and error.param not in values
        raise ApiError(400, error.message, _UNNAMED[operation.resource] if is_missing else None) from None


@cache
def _query(operation: Operation) -> Parameters:
    return Parameters(operation.query)


@cache
def _body(operation: Operation) -> Parameters:
    return Parameters(operation.body, changes=operation.action == "update", strict=False)

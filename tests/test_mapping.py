"""What other code reads from a record that it takes for a mapping."""

from __future__ import annotations

import collections
import copy
import csv
import io
import json
import logging
import pickle
import string
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any

import pandas
import pytest
import requests
import responses

import invoiced

VALUES: dict[str, Any] = {
    "id": 15444,
    "object": "customer",
    "name": "Acme",
    "payment_source": {"id": 850, "object": "card", "brand": "Visa", "metadata": {"a": ["b"]}},
    "metadata": {"rep": "Jan", "secret": "s"},
    "taxes": ["vat"],
    "parent_customer": {"id": 2, "object": "customer", "name": "Parent"},
}
INVOICE = {"id": 1, "object": "invoice", "items": [{"id": 7, "object": "line_item", "quantity": 1}]}


@pytest.fixture
def customer(client: invoiced.Client) -> Any:
    return invoiced.Customer._from_response(client, copy.deepcopy(VALUES))


@pytest.fixture
def invoice(client: invoiced.Client) -> Any:
    return invoiced.Invoice._from_response(client, copy.deepcopy(INVOICE))


def types_in(value: Any) -> set[type]:
    """Return the types of a value and of everything in it."""
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    names = map(type, value) if isinstance(value, Mapping) else ()
    return {type(value), *names}.union(*map(types_in, inner))


def keyword_arguments(**values: Any) -> dict[str, Any]:
    return values


def rest_of_match(record: Any) -> dict[str, Any]:
    match record:
        case {"id": int(id_), "name": str(name), **rest}:
            return {"id": id_, "name": name, **rest}
    raise AssertionError(record)


READERS: list[Callable[[Any], dict[str, Any]]] = [
    dict,
    lambda record: {**record},
    lambda record: keyword_arguments(**record),
    collections.OrderedDict,
    lambda record: dict(types.MappingProxyType(record)),
    lambda record: dict([], **record),
    lambda record: {name: record[name] for name in [*record.keys()]},
    rest_of_match,
]


# Copies


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("accessed", [False, True])
def test_a_dict_of_a_record_is_plain(read: Callable[[Any], dict[str, Any]], accessed: bool, customer: Any) -> None:
    if accessed:
        assert isinstance(customer.payment_source, invoiced.Card)
        assert isinstance(customer.parent_customer, invoiced.Customer)
    plain = dict(read(customer))
    assert plain == VALUES == customer.to_dict()
    assert types_in(plain) == {dict, list, str, int}
    assert json.loads(json.dumps(plain)) == VALUES
    assert pickle.loads(pickle.dumps(plain)) == VALUES


def test_a_dict_of_an_invoice_has_plain_lines(invoice: Any) -> None:
    assert types_in(dict(invoice)) == {dict, list, str, int}
    assert isinstance(invoice.items[0], invoiced.LineItem)


@pytest.mark.parametrize("read", READERS)
def test_edits_in_a_dict_of_a_record_do_not_change_the_record(
    read: Callable[[Any], dict[str, Any]], customer: Any
) -> None:
    for _ in range(2):  # before and after the first access to the values
        row = read(customer)
        row["metadata"].pop("secret")
        row["taxes"].append("gst")
        row["payment_source"]["brand"] = "Amex"
        assert customer.to_dict() == VALUES
        assert customer._changes() == {}
        assert (customer.metadata, customer.taxes, customer.payment_source.brand) == (
            VALUES["metadata"],
            ["vat"],
            "Visa",
        )


def test_a_dict_of_a_record_has_the_edits(customer: Any) -> None:
    customer.metadata["rep"] = "Eva"
    customer.payment_source.brand = "Amex"
    customer.name = "Acme Ltd"
    customer.owner = invoiced.Customer(customer._client, 3)
    row = dict(customer)
    assert (row["metadata"]["rep"], row["payment_source"]["brand"], row["name"]) == ("Eva", "Amex", "Acme Ltd")
    assert row["owner"] == {"id": 3}
    assert type(row["owner"]) is dict


def test_an_item_is_the_same_object_as_the_attribute(customer: Any) -> None:
    dict(customer)
    for name in ("metadata", "taxes", "payment_source", "parent_customer"):
        assert customer[name] is getattr(customer, name) is customer.get(name)
        assert customer["".join(list(name))] is customer[name]
        assert customer[sys.intern("".join(list(name)))] is customer[name]
    customer["metadata"]["rep"] = "Eva"
    assert customer._changes() == {"metadata": {"rep": "Eva", "secret": "s"}}


def test_a_name_from_keys_stays_a_copy_of_the_name_when_python_interns_it(customer: Any) -> None:
    """Otherwise the same name in a program would read a plain copy, and an edit of it would be lost."""
    for name in [*customer.keys()]:
        setattr(types.SimpleNamespace(), name, 1)  # interns the name
    literal = sys.intern("payment_" + "source"[:])
    assert isinstance(customer[literal], invoiced.Card)


def test_a_record_with_the_values_of_another_is_read_and_edited_by_its_own_names(customer: Any) -> None:
    record: Any = invoiced.Customer(customer._client, 5, dict(customer))
    for name in record:
        assert record[name] is record.get(name) == getattr(record, name)
        if name == "metadata":
            record[name]["rep"] = "Eva"
    assert record.metadata["rep"] == "Eva"
    assert customer.metadata["rep"] == "Jan"


def test_names_of_one_character_and_of_subclasses_of_str_are_read(customer: Any) -> None:
    class Name(str):
        pass

    customer["x"], customer[Name("own_name")] = {"a": 1}, [1]
    assert (dict(customer)["x"], dict(customer)["own_name"]) == ({"a": 1}, [1])
    customer["x"]["a"] = 2
    assert customer._changes() == {"x": {"a": 2}, "own_name": [1]}


def test_keys_are_names_in_the_order_of_the_api(customer: Any) -> None:
    assert list(customer.keys()) == list(customer) == list(VALUES)
    assert customer.keys() - {"id", "name"} == {*VALUES} - {"id", "name"}


# Mappings


def test_records_are_mappings(customer: Any, invoice: Any) -> None:
    assert isinstance(customer, Mapping)
    assert isinstance(customer.payment_source, Mapping)
    assert issubclass(invoiced.Invoice, Mapping)
    assert not isinstance(customer, dict)
    assert not isinstance(customer._client.Customer, Mapping)


def test_a_field_called_items_is_still_the_field(invoice: Any) -> None:
    assert [line.quantity for line in invoice.items] == [1]
    assert not hasattr(type(invoice), "items")


def test_a_match_statement_reads_fields(customer: Any) -> None:
    match customer:
        case {"name": name, "payment_source": {"brand": brand}}:
            assert (name, brand) == ("Acme", "Visa")
        case _:
            pytest.fail("not matched")


def test_a_class_pattern_still_matches(customer: Any) -> None:
    match customer.payment_source:
        case invoiced.Card(brand=brand):
            assert brand == "Visa"
        case _:
            pytest.fail("not matched")


def test_logging_and_formatting_read_fields(customer: Any, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("program").warning("synced %(name)s", customer)
    assert caplog.messages == ["synced Acme"]
    assert "{name}".format_map(customer) == string.Template("$name").substitute(customer) == "Acme"


def test_pandas_reads_fields(client: invoiced.Client, api: responses.RequestsMock) -> None:
    records = [{"id": 1, "name": "Acme", "metadata": {"branch": "5"}}, {"id": 2, "name": "Beta", "metadata": {}}]
    api.get("https://api.invoiced.com/customers", json=records)
    page, everything = client.Customer.list()[0], client.Customer.all
    for frame in (pandas.DataFrame(everything()), pandas.DataFrame(page), pandas.DataFrame.from_records([*page])):
        assert frame.to_dict("records") == records
    assert pandas.DataFrame(everything(), columns=["name"])["name"].tolist() == ["Acme", "Beta"]
    flat = pandas.json_normalize([customer.to_dict() for customer in everything()])
    assert flat["metadata.branch"].tolist()[0] == "5"


def test_a_csv_writer_reads_fields(customer: Any) -> None:
    writer = csv.DictWriter(file := io.StringIO(), ["id", "name"], extrasaction="ignore")
    writer.writerow(customer)
    assert file.getvalue().split() == ["15444,Acme"]


def test_a_chain_map_reads_and_updates_fields(customer: Any) -> None:
    chain = collections.ChainMap(customer, {"name": "default", "phone": "none"})
    assert (chain["name"], chain["phone"]) == ("Acme", "none")
    updated: dict[str, Any] = {"name": "old"}
    updated.update(customer)
    assert updated == VALUES


# Other libraries cannot read a record that they take for a dict, and raise errors instead of reading its names


@pytest.mark.parametrize("argument", ["data", "params", "json"])
@pytest.mark.parametrize("kind", ["customer", "invoice"])
def test_requests_refuses_a_record(argument: str, kind: str, request: pytest.FixtureRequest) -> None:
    given: Any = {argument: request.getfixturevalue(kind)}
    with pytest.raises((AttributeError, TypeError, ValueError)):
        requests.Request("POST", "https://example.test", **given).prepare()
    assert requests.Request("POST", "https://example.test", **{argument: {"name": "Acme"}}).prepare()


def test_json_refuses_a_record_and_writes_a_dict_of_it(customer: Any) -> None:
    with pytest.raises(TypeError, match="Object of type Customer is not JSON serializable"):
        json.dumps(customer)
    assert json.loads(json.dumps({"customer": customer}, default=dict)) == {"customer": VALUES}
    assert json.loads(json.dumps(dict(customer), default=str)) == VALUES


@pytest.mark.parametrize("kind", ["customer", "invoice"])
def test_a_record_as_a_value_of_a_request_is_refused(
    kind: str, request: pytest.FixtureRequest, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    record = request.getfixturevalue(kind)
    calls: list[Callable[[], object]] = [
        lambda: client.request("POST", "invoices", {"customer": record}),
        lambda: client.request("GET", "invoices", {"filter": {"customer": record}}),
        lambda: client.Invoice.create(customer=record),
        lambda: client.Invoice.create(customer=1, items=[record]),
        lambda: client.Customer.retrieve(record),
    ]
    for call in calls:
        with pytest.raises(TypeError):
            call()
    assert len(api.calls) == 0


def test_the_fields_of_a_record_can_be_arguments(
    customer: Any, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    api.post("https://api.invoiced.com/customers", json={"id": 2})
    client.Customer.create(**customer)
    assert json.loads(api.calls[0].request.body or "") == VALUES

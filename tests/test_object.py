"""Records: reading, editing, comparing, copying and displaying."""

from __future__ import annotations

import copy
import json
import pickle
import re
from typing import Any
from unittest import mock

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

import invoiced

URL = "https://api.invoiced.com/customers/15444"
VALUES: dict[str, Any] = {
    "id": 15444,
    "object": "customer",
    "name": "Acme",
    "email": None,
    "credit_limit": 100.5,
    "taxes": ["vat"],
    "payment_source": {"id": 850, "object": "card", "brand": "Visa"},
    "metadata": {"rep": "Jan", "nested": {"deep": [1]}},
    "items": [{"id": 7}],
}


def customer_with(client: invoiced.Client | None, values: dict[str, Any]) -> invoiced.Customer:
    return invoiced.Customer._from_response(client, values)


@pytest.fixture
def customer(client: invoiced.Client) -> invoiced.Customer:
    return customer_with(client, copy.deepcopy(VALUES))


def sent(api: responses.RequestsMock) -> Any:
    return json.loads(api.calls[-1].request.body)


# Reading


def test_a_field_is_an_attribute_and_an_item(customer: invoiced.Customer) -> None:
    assert customer.name == customer["name"] == customer.get("name") == "Acme"
    assert customer.email is None


def test_a_field_can_have_the_name_of_a_dict_method(customer: Any) -> None:
    assert customer.items == [{"id": 7}]
    for name in ("values", "update", "pop", "clear", "setdefault", "popitem"):
        assert not hasattr(type(customer), name)


def test_a_record_is_a_mapping_in_the_order_of_the_api(customer: invoiced.Customer) -> None:
    assert list(customer) == list(customer.keys()) == list(VALUES)
    assert len(customer) == len(VALUES)
    assert "name" in customer
    assert "phone" not in customer
    assert 5 not in customer
    assert customer.get("phone") is None
    assert customer.get("phone", "unknown") == "unknown"
    assert dict(customer)["name"] == "Acme"
    assert {**customer} == dict(customer)  # type: ignore[arg-type]


def test_a_misspelt_field_raises_an_attribute_error_with_a_suggestion(customer: Any) -> None:
    with pytest.raises(AttributeError, match="Customer has no field 'nmae'") as caught:
        _ = customer.nmae
    assert caught.value.name == "nmae"
    assert caught.value.obj is customer
    with pytest.raises(KeyError, match="nmae"):
        _ = customer["nmae"]
    assert not hasattr(customer, "nmae")


def test_a_field_that_was_not_fetched_raises_an_error(client: invoiced.Client) -> None:
    with pytest.raises(AttributeError, match="has no field 'name', or it was not fetched"):
        _ = invoiced.Customer(client, 1).name


@pytest.mark.parametrize("method", ["items", "values", "update", "pop"])
def test_a_dict_method_raises_an_error_that_suggests_to_dict(client: invoiced.Client, method: str) -> None:
    with pytest.raises(AttributeError, match=r"a record is not a dict: use to_dict\(\)"):
        getattr(invoiced.Customer(client, 1), method)


def test_a_nested_record_is_an_instance_of_its_class(customer: invoiced.Customer) -> None:
    card = customer.payment_source
    assert isinstance(card, invoiced.Card)
    assert card.brand == "Visa"
    assert customer.payment_source is card


def test_the_class_of_a_payment_source_depends_on_its_object_field(client: invoiced.Client) -> None:
    def source(values: Any) -> Any:
        return customer_with(client, {"id": 1, "payment_source": values}).payment_source

    assert type(source({"object": "bank_account", "id": 1})) is invoiced.BankAccount
    assert type(source({"object": "card", "id": 1})) is invoiced.Card
    assert source({"object": "wallet", "id": 1}) == {"object": "wallet", "id": 1}
    assert source({"object": ["odd"]}) == {"object": ["odd"]}
    assert source(None) is None


def test_an_expanded_record_is_an_instance_of_its_class_with_its_own_path(client: invoiced.Client) -> None:
    child = customer_with(client, {"id": 1, "parent_customer": {"id": 2, "object": "customer", "name": "Parent"}})
    assert isinstance(child.parent_customer, invoiced.Customer)
    assert child.parent_customer._address() == ("customers", 2)


def test_metadata_stays_a_plain_dict(client: invoiced.Client) -> None:
    metadata = {"object": "card", "a": {"object": "customer"}}
    assert customer_with(client, {"id": 1, "metadata": metadata}).metadata == metadata
    assert type(customer_with(client, {"id": 1, "metadata": metadata}).metadata) is dict


def test_dir_includes_the_fields(customer: invoiced.Customer) -> None:
    assert {"name", "items", "save", "contacts"} <= set(dir(customer))


def test_to_dict_returns_a_plain_deep_copy(customer: invoiced.Customer) -> None:
    plain = customer.to_dict()
    assert plain == VALUES
    assert type(plain["payment_source"]) is dict
    plain["metadata"]["nested"]["deep"].append(2)
    plain["payment_source"]["brand"] = "Amex"
    assert customer.to_dict() == VALUES
    assert json.loads(json.dumps(plain)) == plain


# Editing


def test_an_unchanged_record_sends_nothing(customer: invoiced.Customer, api: responses.RequestsMock) -> None:
    _ = (customer.name, customer.taxes, customer.metadata, customer.payment_source, customer.to_dict(), repr(customer))
    assert customer.save() is False
    assert len(api.calls) == 0


@pytest.mark.parametrize(
    ("edit", "difference"),
    [
        (lambda c: setattr(c, "name", "Acme Ltd"), {"name": "Acme Ltd"}),
        (lambda c: c.__setitem__("name", "Acme Ltd"), {"name": "Acme Ltd"}),
        (lambda c: setattr(c, "name", None), {"name": None}),
        (lambda c: setattr(c, "future_field", [1]), {"future_field": [1]}),
        (lambda c: c.__setitem__("balance", 5), {"balance": 5}),
        (lambda c: c.metadata.update(rep="Eva"), {"metadata": {"rep": "Eva", "nested": {"deep": [1]}}}),
        (lambda c: c.metadata["nested"]["deep"].append(2), {"metadata": {"rep": "Jan", "nested": {"deep": [1, 2]}}}),
        (lambda c: c.metadata.pop("nested"), {"metadata": {"rep": "Jan"}}),
        (lambda c: c.taxes.append(1), {"taxes": ["vat", 1]}),
        (lambda c: c.taxes.clear(), {"taxes": []}),
        (lambda c: c["items"][0].update(id=8), {"items": [{"id": 8}]}),
        (
            lambda c: setattr(c.payment_source, "brand", "Amex"),
            {"payment_source": {**VALUES["payment_source"], "brand": "Amex"}},
        ),
        (lambda c: setattr(c, "credit_limit", True), {"credit_limit": True}),
    ],
)
def test_save_sends_only_the_changes(
    edit: Any, difference: dict[str, Any], customer: invoiced.Customer, api: responses.RequestsMock
) -> None:
    api.patch(URL, json=VALUES)
    edit(customer)
    assert customer.save() is True
    assert sent(api) == difference
    assert customer.save() is False


@pytest.mark.parametrize(
    "edit",
    [
        lambda c: c.taxes.append(1) or c.taxes.pop(),
        lambda c: c.metadata.update(a=1) or c.metadata.pop("a"),
        lambda c: c.__delitem__("name"),
        lambda c: delattr(c, "email"),
        lambda c: setattr(c, "phone", "1") or delattr(c, "phone"),
    ],
)
def test_an_edit_that_restores_the_original_value_sends_nothing(
    edit: Any, customer: invoiced.Customer, api: responses.RequestsMock
) -> None:
    edit(customer)
    assert customer.save() is False
    assert len(api.calls) == 0


@pytest.mark.parametrize(
    "edit",
    [
        lambda c: setattr(c, "name", "Acme"),
        lambda c: c.__setitem__("name", "Acme"),
        lambda c: c.save(name="Acme"),
        lambda c: setattr(copy.deepcopy(c), "name", "Other") or setattr(c, "name", "Acme"),
    ],
)
def test_a_field_that_was_set_is_sent_even_if_it_had_the_same_value(
    edit: Any, customer: invoiced.Customer, api: responses.RequestsMock
) -> None:
    """The account may have changed since the record was fetched."""
    api.patch(URL, json=VALUES)
    edit(customer)
    customer.save()
    assert sent(api) == {"name": "Acme"}
    assert customer.save() is False


def test_save_accepts_fields(customer: invoiced.Customer, api: responses.RequestsMock) -> None:
    api.patch(URL, json=VALUES)
    customer.name = "Acme Ltd"
    assert customer.save(phone="1", metadata={"a": "b"}) is True
    assert sent(api) == {"name": "Acme Ltd", "phone": "1", "metadata": {"a": "b"}}


def test_after_save_the_fields_are_those_of_the_response(
    customer: invoiced.Customer, api: responses.RequestsMock
) -> None:
    api.patch(URL, json={"id": 15444, "name": "ACME LTD", "updated_at": 5})
    customer.name = "Acme Ltd"
    customer.save()
    assert customer.to_dict() == {"id": 15444, "name": "ACME LTD", "updated_at": 5}


def test_a_rejected_edit_is_kept(customer: invoiced.Customer, api: responses.RequestsMock) -> None:
    api.patch(URL, status=400, json={"message": "No."})
    customer.name = "Acme Ltd"
    with pytest.raises(invoiced.InvalidRequestError):
        customer.save()
    assert customer.name == "Acme Ltd"
    api.patch(URL, json=VALUES)
    assert customer.save() is True


def test_arguments_are_never_modified(client: invoiced.Client, api: responses.RequestsMock) -> None:
    params: dict[str, Any] = {"name": "Acme", "metadata": {"rep": "Jan"}}
    api.post("https://api.invoiced.com/customers", json=VALUES)
    customer = client.Customer.create(**params)
    customer.metadata["rep"] = "Eva"
    values = copy.deepcopy(VALUES)
    addressed = invoiced.Customer(client, 15444, values)
    addressed.metadata["rep"] = "Eva"
    values["metadata"]["rep"] = "Max"
    assert addressed.metadata["rep"] == "Eva"
    values["metadata"]["rep"] = "Jan"
    assert params == {"name": "Acme", "metadata": {"rep": "Jan"}}
    assert values == VALUES


def test_a_deleted_field_is_missing_until_refresh(customer: Any, api: responses.RequestsMock) -> None:
    del customer.name
    assert "name" not in customer
    assert "name" not in customer.to_dict()
    assert not hasattr(customer, "name")
    with pytest.raises(AttributeError):
        del customer.name
    with pytest.raises(KeyError):
        del customer["name"]
    api.get(URL, json=VALUES)
    customer.refresh()
    assert customer.name == "Acme"


def test_refresh_replaces_the_fields_and_discards_edits(
    customer: invoiced.Customer, api: responses.RequestsMock
) -> None:
    customer.name = "Acme Ltd"
    customer.metadata["rep"] = "Eva"
    api.get(URL, json={**VALUES, "phone": "1"})
    customer.refresh()
    assert customer.to_dict() == {**VALUES, "phone": "1"}
    assert customer.save() is False


def test_the_id_cannot_be_changed_or_deleted(customer: invoiced.Customer) -> None:
    for change in (lambda: setattr(customer, "id", 2), lambda: delattr(customer, "id")):
        with pytest.raises(AttributeError, match="The ID identifies the record"):
            change()


def test_a_field_named_like_a_method_is_set_as_an_item(customer: Any) -> None:
    with pytest.raises(AttributeError, match=r"set the field as \['balance'\]"):
        customer.balance = 5
    customer["balance"] = 5
    assert customer["balance"] == 5
    assert callable(customer.balance)


def test_an_invalid_value_raises_an_error_before_anything_is_sent(customer: Any, api: responses.RequestsMock) -> None:
    customer.metadata["when"] = {1, 2}
    with pytest.raises(TypeError, match=r"metadata\.when"):
        customer.save()
    assert len(api.calls) == 0
    assert "when" in repr(customer)


fields = st.dictionaries(
    st.text(min_size=1).filter(lambda name: name not in {"id", "object"}),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
        lambda inner: st.one_of(
            st.lists(inner), st.dictionaries(st.text().filter(lambda name: name != "object"), inner)
        ),
        max_leaves=5,
    ),
    max_size=5,
)


@given(fields, fields, fields)
def test_edits_have_the_same_result_as_on_a_dict(
    before: dict[str, Any], changes: dict[str, Any], removed: dict[str, Any]
) -> None:
    values = {"id": 1, **before}
    record, model = customer_with(None, copy.deepcopy(values)), copy.deepcopy(values)
    for name, value in changes.items():
        record[name] = model[name] = value
    for name in removed:
        if name in model:
            del record[name], model[name]
    assert record.to_dict() == model
    assert set(record) == set(model)
    assert len(record) == len(model)
    difference = record._changes()
    assert set(difference) <= set(changes)
    assert {**values, **difference} == {**values, **{name: model[name] for name in changes if name in model}}
    assert pickle.loads(pickle.dumps(record)) == record


# Paths


@pytest.mark.parametrize("id_", ["", " ", ".", ".."])
def test_a_record_cannot_have_an_id_that_leads_to_another_path(id_: str, client: invoiced.Client) -> None:
    with pytest.raises(ValueError, match="is not a valid ID or path segment"):
        invoiced.Customer(client, id_)


def test_a_record_in_place_of_an_id_is_refused_with_advice(client: invoiced.Client) -> None:
    acme = invoiced.Customer(client, 15444)
    advice = r"Customer.* \(pass its ID: record\.id\)"
    with pytest.raises(TypeError, match=rf"An ID must be an integer or a string, not {advice}"):
        client.Customer.retrieve(acme)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=f"customer: a value of type {advice}"):
        client.Invoice.create(customer=acme)  # type: ignore[arg-type, unused-ignore]


@pytest.mark.parametrize("id_", [None, True, 1.5])
def test_a_record_cannot_have_an_id_of_another_type(id_: Any, client: invoiced.Client) -> None:
    with pytest.raises(TypeError, match="An ID must be an integer or a string"):
        invoiced.Customer(client, id_)


def test_deleting_a_record_without_an_id_raises_an_error(client: invoiced.Client) -> None:
    with pytest.raises(ValueError, match="has no ID"):
        customer_with(client, {"name": "Acme"}).delete()


def test_a_record_can_be_created_from_a_response_without_an_id(
    client: invoiced.Client, api: responses.RequestsMock
) -> None:
    api.post("https://api.invoiced.com/customers", json={"name": "Acme"})
    customer = client.Customer.create(name="Acme")
    assert customer.to_dict() == {"name": "Acme"}
    assert repr(customer).startswith("<Customer at 0x")


# Comparing


def test_records_are_equal_by_class_and_fields(client: invoiced.Client) -> None:
    assert customer_with(client, VALUES) == customer_with(None, VALUES)
    assert customer_with(client, VALUES) == VALUES
    assert customer_with(client, VALUES) != {**VALUES, "name": "Other"}
    assert customer_with(client, VALUES) != invoiced.Contact._from_response(client, VALUES)
    assert customer_with(client, VALUES) != "text"
    changed = customer_with(client, VALUES)
    changed.name = "Other"
    assert changed != customer_with(client, VALUES)


def test_comparison_with_other_types_is_delegated_to_them(client: invoiced.Client) -> None:
    assert customer_with(client, VALUES) == mock.ANY
    assert customer_with(client, VALUES) == mock.ANY


def test_records_are_hashable(client: invoiced.Client) -> None:
    first, same, other = (
        customer_with(client, VALUES),
        customer_with(client, VALUES),
        customer_with(client, {**VALUES, "id": 2}),
    )
    assert len({first, same, other}) == 2
    found = {first}
    first.name = "Other"
    assert first in found


# Copying


COPIES = [copy.copy, copy.deepcopy, lambda record: pickle.loads(pickle.dumps(record))]


@pytest.mark.parametrize("duplicate", COPIES)
def test_a_copy_has_the_data_and_the_edits_and_is_independent(duplicate: Any, customer: invoiced.Customer) -> None:
    customer.phone = "1"
    customer.metadata["rep"] = "Eva"
    del customer.email
    again = duplicate(customer)
    assert again == customer
    assert again._changes() == customer._changes()
    again.metadata["rep"] = "Max"
    again.taxes.append("x")
    assert customer.metadata["rep"] == "Eva"
    assert customer.taxes == ["vat"]


@pytest.mark.parametrize("duplicate", COPIES)
def test_a_copy_of_an_unchanged_record_has_nothing_to_send(duplicate: Any, customer: invoiced.Customer) -> None:
    assert duplicate(customer)._changes() == {}


@pytest.mark.parametrize("duplicate", COPIES)
def test_nested_records_of_a_copy_are_instances_of_their_class(duplicate: Any, customer: invoiced.Customer) -> None:
    assert isinstance(duplicate(customer).payment_source, invoiced.Card)
    assert isinstance(customer.payment_source, invoiced.Card)
    assert isinstance(duplicate(customer).payment_source, invoiced.Card)


@pytest.mark.parametrize("duplicate", COPIES[:2])
def test_a_copy_can_be_saved(duplicate: Any, customer: invoiced.Customer, api: responses.RequestsMock) -> None:
    api.patch(URL, json=VALUES)
    again = duplicate(customer)
    again.phone = "1"
    again.save()
    assert sent(api) == {"phone": "1"}


def test_an_unpickled_record_keeps_its_path_but_has_no_client(
    customer: invoiced.Customer, client: invoiced.Client
) -> None:
    contact = invoiced.Contact(client, 10403, parent=("customers", 15444))
    for record, constructor in [
        (customer, "invoiced.Customer(client, 15444, parent=())"),
        (contact, "invoiced.Contact(client, 10403, parent=('customers', 15444))"),
    ]:
        again: Any = pickle.loads(pickle.dumps(record))
        assert again._address() == record._address()
        for call in (again.refresh, again.delete):
            with pytest.raises(RuntimeError, match="has no client. Use " + re.escape(constructor)):
                call()


# Displaying


def test_repr_and_str_show_the_fields_as_json(customer: invoiced.Customer) -> None:
    shown = repr(customer)
    head = re.match(r"<Customer id=15444 at 0x[0-9a-f]+> JSON: ", shown)
    assert head is not None
    assert shown[head.end() :] == str(customer) == json.dumps(VALUES, indent=2)


def test_str_does_not_escape_non_ascii_text(client: invoiced.Client) -> None:
    assert str(customer_with(client, {"name": "Zoë"})) == '{\n  "name": "Zoë"\n}'

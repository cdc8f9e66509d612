from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from requests.utils import parse_header_links

from invoiced.emulator import Emulator
from invoiced.emulator.storage.list_memory import ListMemory


def _create(api: requests.Session, *customers: dict[str, Any]) -> list[int]:
    return [api.post("/customers", json=customer).json()["id"] for customer in customers]


def _names(response: requests.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [customer["name"] for customer in response.json()]


@pytest.fixture
def alphabet(api: requests.Session) -> str:
    """Create thirty customers, and return their names in the order of creation."""
    names = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123"
    _create(api, *({"name": name, "network_connection": number // 10} for number, name in enumerate(names)))
    return names


def test_a_page_has_100_records_in_the_order_of_creation(api: requests.Session) -> None:
    names = [f"Customer {number}" for number in range(101)]
    for name in names:
        api.post("/customers", json={"name": name})
    response = api.get("/customers")
    assert _names(response) == names[:100]
    assert response.headers["X-Total-Count"] == "101"


def test_following_the_next_links_returns_every_record_once(api: requests.Session, alphabet: str) -> None:
    url, names = "/customers?per_page=7", []
    while url:
        response = api.get(url)
        names += _names(response)
        url = response.links.get("next", {}).get("url", "")
    assert names == list(alphabet)


def test_links_are_absolute_and_repeat_the_query(api: requests.Session, alphabet: str) -> None:
    query = {"filter[network_connection]": "1", "sort": "name desc", "per_page": "4"}
    response = api.get("/customers", params={**query, "page": "2"})
    base = response.url.split("?")[0]
    others = "paginate=offset&updated_before=0&updated_after=0"  # the list of customers refuses unknown parameters
    expected = f"filter%5Bnetwork_connection%5D=1&sort=name+desc&{others}&per_page=4&page="
    links = parse_header_links(response.headers["Link"])
    assert {link["rel"]: link["url"] for link in links} == {
        relation: f"{base}?{expected}{page}"
        for relation, page in {"self": 2, "first": 1, "previous": 1, "next": 3, "last": 3}.items()
    }


def test_a_link_has_no_page_size_of_100_and_nothing_else_where_unknown_parameters_are_ignored(
    api: requests.Session, customer: dict[str, Any]
) -> None:
    response = api.get(f"/customers/{customer['id']}/contacts?per_page=100")
    assert response.links["last"]["url"].endswith("/contacts?page=1")


def test_the_first_page_has_no_previous_link_and_the_last_page_no_next_link(
    api: requests.Session, alphabet: str
) -> None:
    assert list(api.get("/customers?per_page=15").links) == ["self", "first", "next", "last"]
    assert list(api.get("/customers?per_page=15&page=2").links) == ["self", "first", "previous", "last"]


def test_an_empty_list_has_one_page(api: requests.Session) -> None:
    response = api.get("/customers")
    assert (response.json(), response.headers["X-Total-Count"]) == ([], "0")
    assert response.links["last"]["url"].endswith("&page=1")
    assert list(response.links) == ["self", "first", "last"]


def test_a_page_past_the_end_is_empty(api: requests.Session, alphabet: str) -> None:
    for page in (1, 2, 3):
        response = api.get("/customers", params={"page": page})
    assert response.json() == []
    assert "next" not in response.links


def ids(response: requests.Response) -> list[int]:
    assert response.status_code == 200, response.text
    return [customer["id"] for customer in response.json()]


@pytest.fixture
def ten(api: requests.Session) -> requests.Session:
    _create(api, *({"name": f"Customer {number}"} for number in range(10)))
    return api


def test_in_id_order_a_page_begins_behind_the_last_id_of_the_page_before(ten: requests.Session) -> None:
    assert ids(ten.get("/customers?per_page=3")) == [1, 2, 3]
    ten.delete("/customers/1")
    assert ids(ten.get("/customers?per_page=3&page=2")) == [4, 5, 6]
    ten.delete("/customers/6")
    assert ids(ten.get("/customers?per_page=3&page=3&sort=id+asc")) == [7, 8, 9]


def test_the_end_of_a_page_is_forgotten_after_five_minutes(ten: requests.Session, clock: SimpleNamespace) -> None:
    assert ids(ten.get("/customers?per_page=3")) == [1, 2, 3]
    ten.delete("/customers/1")
    clock.now += 300
    assert ids(ten.get("/customers?per_page=3&page=2")) == [5, 6, 7]


def test_the_end_of_a_page_is_shared_by_all_readers_with_the_same_filters(ten: requests.Session) -> None:
    ten.get("/customers?per_page=4")
    ten.get("/customers?per_page=2&filter[active]=1")
    ten.get("/customers?per_page=2")
    ten.delete("/customers/1")
    assert ids(ten.get("/customers?per_page=2")) == [2, 3]
    assert ids(ten.get("/customers?per_page=2&page=2", auth=("another", ""))) == [4, 5]
    assert ids(ten.get("/customers?per_page=2&page=2&filter[active]=1")) == [3, 4]


@pytest.mark.parametrize("sort", ["name asc", "id desc", "id asc,name asc", "created_at asc"])
def test_in_any_other_order_a_page_begins_at_its_offset(ten: requests.Session, sort: str) -> None:
    first = ids(ten.get("/customers", params={"per_page": 3, "sort": sort}))
    before = ids(ten.get("/customers", params={"per_page": 3, "sort": sort, "page": 2}))
    ten.delete(f"/customers/{first[0]}")
    assert ids(ten.get("/customers", params={"per_page": 3, "sort": sort, "page": 2}))[:2] == before[1:]


def test_a_list_without_tie_break_is_read_by_id_in_both_directions(
    api: requests.Session, customer: dict[str, Any]
) -> None:
    contacts = f"/customers/{customer['id']}/contacts"
    created = [api.post(contacts, json={"name": f"Contact {number}"}).json()["id"] for number in range(6)]
    assert ids(api.get(f"{contacts}?per_page=2&sort=id+desc")) == created[:3:-1]
    api.delete(f"{contacts}/{created[-1]}")
    assert ids(api.get(f"{contacts}?per_page=2&page=2&sort=id+desc")) == [created[3], created[2]]
    # The service does not remember the direction.
    api.get(f"{contacts}?per_page=2&sort=id+desc")
    assert ids(api.get(f"{contacts}?per_page=2&page=2")) == [created[4]]


def test_from_record_10000_on_a_page_in_id_order_requires_the_page_before(ten: requests.Session) -> None:
    response = ten.get("/customers?page=101")
    assert response.status_code == 400
    assert response.json() == {
        "type": "invalid_request",
        "message": "All pages before this one must be retrieved first, one after the other.",
    }
    assert ids(ten.get("/customers?page=100")) == []
    assert ids(ten.get("/customers?page=101&sort=name+asc")) == []


def test_the_total_count_is_that_of_the_first_page_for_five_minutes(
    ten: requests.Session, clock: SimpleNamespace
) -> None:
    def count(**query: object) -> str:
        return ten.get("/customers", params={"per_page": 3, **query}).headers["X-Total-Count"]

    assert count() == "10"
    ten.delete("/customers/1")
    assert (count(page=2), count(page=2, sort="name asc"), count(page=2, **{"filter[active]": 1})) == ("10", "10", "9")
    assert list(ten.get("/customers?per_page=3&page=3").links) == ["self", "first", "previous", "next", "last"]
    clock.now += 299
    assert count(page=2) == "10"
    clock.now += 1
    assert count(page=2) == "9"
    ten.delete("/customers/2")
    assert (count(page=1), count(page=2)) == ("8", "8")


def test_with_offset_paging_pages_are_offsets_and_total_counts_are_current() -> None:
    with Emulator(offset_paging=True) as emulator, requests.Session() as session:
        session.auth = ("key", "")
        for number in range(5):
            session.post(f"{emulator.url}/customers", json={"name": f"Customer {number}"})
        session.get(f"{emulator.url}/customers?per_page=2")
        session.delete(f"{emulator.url}/customers/1")
        response = session.get(f"{emulator.url}/customers?per_page=2&page=2")
        assert (ids(response), response.headers["X-Total-Count"]) == ([4, 5], "4")
        assert ids(session.get(f"{emulator.url}/customers?page=101")) == []


def test_a_list_without_paging_has_no_links_and_no_total_count(ten: requests.Session) -> None:
    response = ten.get("/customers?paginate=none&per_page=3")
    assert ids(response) == [1, 2, 3]
    assert not {"Link", "X-Total-Count"} & response.headers.keys()


@pytest.mark.parametrize("api", ["in process"], indirect=True)
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("per_page=101", 10),
        ("per_page=0", 10),
        ("per_page=", 10),
        ("per_page=-1", 1),
        ("per_page=x", 1),
        ("page=0", 10),
        ("page=x", 10),
        ("page=-1&per_page=4", 4),
        ("page=99999999999999999999", 10),
        ("page=3&per_page=4", 2),
        ("page=9&per_page=4", 0),
    ],
)
def test_a_page_has_at_most_100_records_and_unusual_numbers_are_read_as_the_nearest(
    ten: requests.Session, query: str, expected: int
) -> None:
    assert len(ids(ten.get(f"/customers?{query}"))) == expected


def test_what_is_remembered_of_lists_is_bounded() -> None:
    memory = ListMemory()
    for number in range(10_001):
        memory.remember(number, "value", 0)
    assert (memory.recall(0, 0), memory.recall(1, 0)) == (None, "value")


@pytest.mark.parametrize("api", ["in process"], indirect=True)
@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("nothing=1", "query"),
        ("nothing=", "query"),
        ("filter=1", "query"),
        ("filter[nothing]=1", None),
        ("filter[metadata]=1", None),
        ("filter[payment_source]=1", None),
        ("filter[name][first]=x", None),
        ("filter[created_at]=yesterday", None),
        ("metadata=x", "query"),
        ("expand[]=owner", "query"),
        ("advanced_filter=x", None),
        ("advanced_filter=[1]", None),
        ('advanced_filter=[{"field":"id"}]', None),
        ('advanced_filter=[{"field":"nothing","operator":"=","value":1}]', None),
        ('advanced_filter=[{"field":"name","operator":"like","value":1}]', None),
    ],
)
def test_an_invalid_query_is_refused(
    api: requests.Session, customer: dict[str, Any], query: str, param: str | None
) -> None:
    response = api.get(f"/customers?{query}")
    assert (response.status_code, response.json().get("param")) == (400, param)


def test_an_unknown_column_fails_only_in_lists_that_do_not_check_columns(
    api: requests.Session, customer: dict[str, Any]
) -> None:
    assert api.get("/customers?sort=nothing+asc").status_code == 200
    assert api.get(f"/customers/{customer['id']}/contacts?sort=nothing+asc").status_code == 500


def test_long_queries_are_accepted(api: requests.Session, customer: dict[str, Any]) -> None:
    assert _names(api.get("/customers?sort=" + ",".join(["name", "email desc"] * 1000))) == ["Acme"]
    assert _names(api.get("/customers", params={f"metadata[{key}]": "x" for key in range(1000)})) == []


def test_a_query_too_long_for_links_is_refused(api: requests.Session) -> None:
    response = api.get("/customers?sort=" + ",".join(["name"] * 4000))
    assert (response.status_code, response.reason) == (414, HTTPStatus(414).phrase)


def test_the_first_of_two_sort_directions_of_a_column_is_used(api: requests.Session) -> None:
    _create(api, {"name": "A"}, {"name": "B"})
    assert _names(api.get("/customers", params={"sort": "name desc,name asc"})) == ["B", "A"]


def test_a_page_can_have_100_records(api: requests.Session) -> None:
    assert api.get("/customers?per_page=100").status_code == 200


@pytest.mark.parametrize("api", ["in process"], indirect=True)
@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("name asc", ["A", "B", "C"]),
        ("name", ["B", "A", "C"]),
        ("name sideways", ["B", "A", "C"]),
        ("nothing desc", ["B", "A", "C"]),
        ("name desc", ["C", "B", "A"]),
        ("name DESC", ["C", "B", "A"]),
        ("city asc", ["C", "B", "A"]),
        ("city desc,name asc", ["A", "B", "C"]),
        ("autopay asc", ["B", "A", "C"]),
        ("id desc", ["C", "A", "B"]),
        ("created_at asc, id Desc", ["C", "A", "B"]),
    ],
)
def test_a_list_is_sorted_by_columns_with_null_first_and_then_by_id(
    api: requests.Session, sort: str, names: list[str]
) -> None:
    _create(api, {"name": "B", "city": "Graz"}, {"name": "A", "city": "Linz"}, {"name": "C", "autopay": True})
    assert _names(api.get("/customers", params={"sort": sort})) == names


@pytest.mark.parametrize("api", ["in process"], indirect=True)
@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"name": "A"}, ["A"]),
        ({"name": "a "}, ["A"]),
        ({"name": "b"}, ["B"]),
        ({"number": "N-2"}, ["B"]),
        ({"autopay": "1"}, ["B", "C"]),
        ({"autopay": "0"}, ["A"]),
        ({"network_connection": "7"}, ["A", "C"]),
        ({"network_connection": ""}, []),
        ({"network_connection": "x"}, []),
        ({"autopay": "true"}, ["A"]),
        ({"metadata.region": "west"}, ["C"]),
        ({"credit_limit": "10"}, ["C"]),
        ({"autopay": "1", "network_connection": "7"}, ["C"]),
        ({"id": "2"}, ["B"]),
    ],
)
def test_a_filter_matches_exactly_according_to_the_type_of_the_property(
    api: requests.Session, filters: dict[str, str], names: list[str]
) -> None:
    _create(
        api,
        {"name": "A", "network_connection": 7},
        {"name": "B", "number": "N-2", "autopay": True},
        {"name": "C", "network_connection": 7, "autopay": True, "credit_limit": 10.0, "metadata": {"region": "west"}},
    )
    query = {f"filter[{name}]": value for name, value in filters.items()}
    response = api.get("/customers", params=query)
    assert _names(response) == names
    assert response.headers["X-Total-Count"] == str(len(names))


@pytest.mark.parametrize("number", ["\u00dc-1", "\u00fc-1", "\u00dc-1 "])
def test_a_filter_ignores_the_case_of_letters_with_an_umlaut(number: str, api: requests.Session) -> None:
    _create(api, {"name": "Umlaut", "number": "\u00dc-1"}, {"name": "Other", "number": "U-1"})
    assert _names(api.get("/customers", params={"filter[number]": number})) == ["Umlaut"]


def test_a_filter_with_encoded_brackets_is_accepted(api: requests.Session) -> None:
    _create(api, {"name": "A"}, {"name": "B", "autopay": True})
    assert _names(api.get("/customers?filter%5Bautopay%5D=0")) == ["A"]


def test_metadata_is_matched_exactly(api: requests.Session) -> None:
    _create(
        api,
        {"name": "A", "metadata": {"region": "west", "level": 5, "vip": True}},
        {"name": "B", "metadata": {"region": "western", "a\"b'$.c": "x"}},
        {"name": "C"},
    )

    def matched(**metadata: str) -> list[str]:
        return _names(api.get("/customers", params={f"metadata[{key}]": value for key, value in metadata.items()}))

    assert matched(region="west") == ["A"]
    assert matched(region="west", level="5") == ["A"]
    assert matched(region="west", level="6") == []
    assert matched(vip="1") == ["A"]
    assert matched(**{"a\"b'$.c": "x"}) == ["A", "B", "C"]  # the service ignores such a key
    assert matched(nothing="x") == []


def test_updated_after_is_exclusive(api: requests.Session, clock: SimpleNamespace) -> None:
    early, _ = _create(api, {"name": "A"}, {"name": "B"})
    clock.now += 10
    api.patch(f"/customers/{early}", json={"city": "Graz"})
    assert _names(api.get("/customers", params={"updated_after": clock.now - 11})) == ["A", "B"]
    assert _names(api.get("/customers", params={"updated_after": clock.now - 10})) == ["A"]
    assert _names(api.get("/customers", params={"updated_after": clock.now})) == []


def test_customers_can_be_filtered_by_payment_source(api: requests.Session) -> None:
    _create(api, {"name": "A"}, {"name": "B", "stripe_token": "tok"})
    assert _names(api.get("/customers", params={"payment_source": "1"})) == ["B"]
    assert _names(api.get("/customers", params={"payment_source": "0"})) == ["A"]


def test_customers_can_be_filtered_by_balance(api: requests.Session, emulator: Emulator) -> None:
    credit, open_balance, _ = _create(api, {"name": "A"}, {"name": "B"}, {"name": "C"})
    emulator.set_balance(credit, available_credits=50)
    emulator.set_balance(open_balance, total_outstanding=470, currency="eur")
    assert _names(api.get("/customers?balance=1")) == ["A"]
    assert _names(api.get("/customers?balance=0")) == ["B", "C"]
    assert _names(api.get("/customers?open_balance=1")) == ["B"]
    assert _names(api.get("/customers?open_balance=0")) == ["A", "C"]


def test_each_page_of_payment_sources_has_all_of_them_cards_first(
    api: requests.Session, customer: dict[str, Any]
) -> None:
    sources = f"/customers/{customer['id']}/payment_sources"
    for token, method in enumerate(("ach", "credit_card", "ach")):
        assert api.post(sources, json={"method": method, "invoiced_token": f"token {token}"}).status_code == 200
    response = api.get(f"{sources}?per_page=2")
    kinds = ["card", "bank_account", "bank_account"]
    assert [source["object"] for source in response.json()] == kinds
    assert [source["object"] for source in api.get(response.links["next"]["url"]).json()] == kinds


def test_a_filter_by_an_unknown_value_of_an_enumeration_is_refused(api: requests.Session) -> None:
    assert api.get("/customers?filter[type]=company").status_code == 200
    assert api.get("/customers?filter[type]=foo").status_code == 400


def test_events_are_listed_with_the_newest_first(api: requests.Session, emulator: Emulator, tmp_path: Path) -> None:
    line = '{{"type": "event", "id": {0}, "parent": null, "body": {{"id": {0}, "timestamp": {0}}}}}'
    (tmp_path / "events").write_text("\n".join(line.format(id) for id in (1, 2, 3)))
    emulator.load(tmp_path / "events")
    assert ids(api.get("/events?per_page=2")) == [3, 2]
    assert ids(api.get("/events?per_page=2&page=2")) == [1]
    assert ids(api.get("/events?sort=id+asc")) == [1, 2, 3]


@pytest.mark.parametrize(
    ("field", "operator", "value", "names"),
    [
        ("name", "=", "acme", ["Acme"]),
        ("name", "<>", "acme", ["Beta Corp", "Gamma Corp"]),
        ("name", "starts_with", "b", ["Beta Corp"]),
        ("name", "ends_with", "CORP", ["Beta Corp", "Gamma Corp"]),
        ("name", "ends_with", "", ["Acme", "Beta Corp", "Gamma Corp"]),
        ("name", "ends_with", "the Gamma Corp", []),
        ("name", "contains", "et", ["Beta Corp"]),
        ("name", "not_contains", "corp", ["Acme"]),
        ("type", "starts_with", "comp", ["Acme", "Beta Corp", "Gamma Corp"]),
        ("email", "empty", None, ["Acme", "Beta Corp"]),
        ("email", "not_empty", None, ["Gamma Corp"]),
        ("id", ">", 1, ["Beta Corp", "Gamma Corp"]),
        ("id", "<=", "2", ["Acme", "Beta Corp"]),
        ("created_at", ">=", "2014-01-01", ["Acme", "Beta Corp", "Gamma Corp"]),
        ("created_at", "<", "2014-01-01", []),
    ],
)
def test_an_advanced_filter_compares_with_its_operator(
    field: str, operator: str, value: object, names: list[str], api: requests.Session
) -> None:
    _create(api, {"name": "Acme"}, {"name": "Beta Corp"}, {"name": "Gamma Corp", "email": "g@example.com"})
    condition = json.dumps([{"field": field, "operator": operator, "value": value}])
    assert _names(api.get("/customers", params={"advanced_filter": condition})) == names


_OF_DOCUMENTS = (
    "date total subtotal balance paid closed draft sent viewed voided number name status currency customer "
    "purchase_order payment_terms autopay attempt_count subscription late_fees"
)
_FILTERABLE = {
    "invoices": _OF_DOCUMENTS,
    "credit_notes": "date total paid closed draft sent viewed voided number name status currency customer invoice",
    "estimates": "date total closed draft sent viewed voided number name status currency customer invoice "
    "approved deposit deposit_paid expiration_date",
    "payments": "amount applied balance currency customer date matched method notes reference source voided "
    "ach_sender_id charge",
}


@pytest.mark.parametrize(("path", "name"), [(path, name) for path, all in _FILTERABLE.items() for name in all.split()])
def test_documents_and_payments_are_filtered_by_what_the_service_knows(
    path: str, name: str, api: requests.Session
) -> None:
    """billing.md 13.3"""
    values = {"status": "draft", "currency": "usd", "method": "ach", "source": "api"}
    value = "2026-01-31" if "date" in name else values.get(name, "1")
    response = api.get(f"/{path}", params={f"filter[{name}]": value})
    assert (response.status_code, response.json()) == (200, [])


def test_payments_are_filtered_by_their_charge(api: requests.Session, customer: dict[str, Any]) -> None:
    invoice = api.post("/invoices", json={"customer": customer["id"], "items": [{"unit_cost": 10}]}).json()
    applied = [{"type": "invoice", "invoice": invoice["id"], "amount": 5}]
    body = {"customer": customer["id"], "method": "credit_card", "gateway_token": "tok", "applied_to": applied}
    first, second = (api.post("/charges", json=body).json() for _ in range(2))
    for payment in (first, second):
        found = api.get("/payments", params={"filter[charge]": payment["charge"]["id"]}).json()
        assert [each["id"] for each in found] == [payment["id"]]

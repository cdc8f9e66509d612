from __future__ import annotations

from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from requests.utils import parse_header_links

from invoiced.emulator import Emulator
from invoiced.emulator.errors import ApiError
from invoiced.emulator.lists import PageOrder


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


def test_links_are_absolute_and_keep_the_query(api: requests.Session, alphabet: str) -> None:
    query = {"filter[network_connection]": "1", "sort": "name desc", "per_page": "4"}
    api.get("/customers", params=query)
    response = api.get("/customers", params={**query, "page": "2"})
    base = response.url.split("?")[0]
    expected = "filter%5Bnetwork_connection%5D=1&sort=name+desc&per_page=4&page="
    pages = {link["rel"]: link["url"] for link in parse_header_links(response.headers["Link"])}
    assert pages == {
        relation: f"{base}?{expected}{page}"
        for relation, page in {"self": 2, "first": 1, "previous": 1, "next": 3, "last": 3}.items()
    }


def test_the_first_page_has_no_previous_link_and_the_last_page_no_next_link(
    api: requests.Session, alphabet: str
) -> None:
    assert list(api.get("/customers?per_page=15").links) == ["self", "first", "next", "last"]
    assert list(api.get("/customers?per_page=15&page=2").links) == ["self", "first", "previous", "last"]


def test_an_empty_list_has_one_page(api: requests.Session) -> None:
    response = api.get("/customers")
    assert (response.json(), response.headers["X-Total-Count"]) == ([], "0")
    assert response.links["last"]["url"].endswith("?page=1")
    assert list(response.links) == ["self", "first", "last"]


def test_a_page_past_the_end_is_empty(api: requests.Session, alphabet: str) -> None:
    for page in (1, 2, 3):
        response = api.get("/customers", params={"page": page})
    assert response.json() == []
    assert "next" not in response.links


def test_a_page_requested_out_of_order_is_refused(api: requests.Session, alphabet: str) -> None:
    def status(page: int, **query: str) -> int:
        return api.get("/customers", params={"per_page": "5", "page": str(page), **query}).status_code

    response = api.get("/customers?per_page=5&page=2")
    assert (response.status_code, response.json()["param"]) == (400, "page")
    assert response.json()["message"] == (
        "Pages must be fetched one after the other: page 2 was requested before page 1. "
        "Start at page 1 with the same parameters."
    )
    assert [status(1), status(3), status(2), status(3), status(2), status(4)] == [200, 400, 200, 200, 200, 200]
    assert status(2, sort="name") == 400
    assert api.get("/customers?per_page=5&page=2", auth=("another", "")).status_code == 400


@pytest.mark.parametrize("api", ["in process"], indirect=True)
@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("page=0", "query"),
        ("page=x", "query"),
        ("page=99999999999999999999", "query"),
        ("per_page=0", "query"),
        ("per_page=101", "query"),
        ("nothing=1", "query"),
        ("nothing=", "query"),
        ("sort=nothing", "sort"),
        ("sort=name sideways", "sort"),
        ("sort=name asc, email; DROP TABLE records", "sort"),
        ("sort=metadata", "sort"),
        ("filter=1", "query"),
        ("filter[nothing]=1", "filter"),
        ("filter[metadata]=1", "filter"),
        ("filter[payment_source]=1", "filter"),
        ("filter[network_connection]=x", "filter"),
        ("filter[network_connection]=99999999999999999999", "filter"),
        ("filter[credit_limit]=99999999999999999999", "filter"),
        ("filter[autopay]=maybe", "filter"),
        ("filter[name][first]=x", "query"),
        ("metadata=x", "query"),
        ("updated_after=yesterday", "query"),
        ("filter[autopay]=False", "filter"),
        ("expand[]=owner", "query"),
    ],
)
def test_an_invalid_query_is_refused(api: requests.Session, customer: dict[str, Any], query: str, param: str) -> None:
    response = api.get(f"/customers?{query}")
    assert (response.status_code, response.json().get("param")) == (400, param)


def test_long_queries_are_accepted(api: requests.Session, customer: dict[str, Any]) -> None:
    assert _names(api.get("/customers?sort=" + ",".join(["name", "email desc"] * 1000))) == ["Acme"]
    assert _names(api.get("/customers", params={f"metadata[{key}]": "x" for key in range(1000)})) == []


def test_a_query_too_long_for_links_is_refused(api: requests.Session) -> None:
    response = api.get("/customers?sort=" + ",".join(["name"] * 4000))
    assert (response.status_code, response.reason) == (414, HTTPStatus(414).phrase)


def test_the_first_of_two_sort_directions_of_a_column_is_used(api: requests.Session) -> None:
    _create(api, {"name": "A"}, {"name": "B"})
    assert _names(api.get("/customers", params={"sort": "name desc,name asc"})) == ["B", "A"]


def test_the_page_order_of_old_readers_is_discarded() -> None:
    order = PageOrder()
    call = SimpleNamespace(pairs=[], operation=None, ids={}, query={"page": 1})
    for reader in range(6000):
        order.record_read(str(reader), call)  # type: ignore[arg-type]
    call.query = {"page": 2}
    order.record_read("5999", call)  # type: ignore[arg-type]
    with pytest.raises(ApiError, match="before page 1"):
        order.record_read("0", call)  # type: ignore[arg-type]


def test_a_page_can_have_100_records(api: requests.Session) -> None:
    assert api.get("/customers?per_page=100").status_code == 200


@pytest.mark.parametrize("api", ["in process"], indirect=True)
@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("name", ["A", "B", "C"]),
        ("name desc", ["C", "B", "A"]),
        ("name DESC", ["C", "B", "A"]),
        ("city", ["C", "B", "A"]),
        ("city desc,name asc", ["A", "B", "C"]),
        ("autopay", ["B", "A", "C"]),
        ("id desc", ["C", "A", "B"]),
        ("created_at, id Desc", ["C", "A", "B"]),
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
        ({"name": "a"}, []),
        ({"number": "N-2"}, ["B"]),
        ({"autopay": "1"}, ["B", "C"]),
        ({"autopay": "0"}, ["A"]),
        ({"network_connection": "7"}, ["A", "C"]),
        ({"network_connection": ""}, ["B"]),
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
        {"name": "C", "network_connection": 7, "autopay": True, "credit_limit": 10.0},
    )
    query = {f"filter[{name}]": value for name, value in filters.items()}
    response = api.get("/customers", params=query)
    assert _names(response) == names
    assert response.headers["X-Total-Count"] == str(len(names))


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
    assert matched(**{"a\"b'$.c": "x"}) == ["B"]
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

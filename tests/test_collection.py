"""Lists, iteration over all pages, and finding."""

from __future__ import annotations

import gc
import json
import weakref
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

import invoiced

URL = "https://api.invoiced.com/customers"


def records(first: int, last: int) -> list[dict[str, Any]]:
    return [{"id": number, "object": "customer"} for number in range(first, last + 1)]


def page(api: responses.RequestsMock, body: Any, total: int | None = None, **links: str) -> None:
    headers = {"Link": ", ".join(f'<{url}>; rel="{relation}"' for relation, url in links.items())} if links else {}
    if total is not None:
        headers["X-Total-Count"] = str(total)
    api.get(URL, json=body, headers=headers)


def queries(api: responses.RequestsMock) -> list[dict[str, str]]:
    return [
        {name: values[0] for name, values in parse_qs(urlsplit(str(call.request.url)).query).items()}
        for call in api.calls
    ]


def ids(customers: Iterator[invoiced.Customer]) -> list[int]:
    return [customer.id for customer in customers]


# One page


def test_list_returns_a_list_and_its_metadata(client: invoiced.Client, api: responses.RequestsMock) -> None:
    page(api, records(1, 3), 15, self=f"{URL}?page=1", next=f"{URL}?page=2")
    customers, metadata = client.Customer.list(per_page=3)
    assert isinstance(customers, list)
    assert [customer.id for customer in customers] == [1, 2, 3]
    assert all(type(customer) is invoiced.Customer for customer in customers)
    assert metadata == invoiced.List({"self": f"{URL}?page=1", "next": f"{URL}?page=2"}, 15)
    assert queries(api) == [{"per_page": "3"}]


def test_list_works_without_pagination_headers(client: invoiced.Client, api: responses.RequestsMock) -> None:
    page(api, [])
    assert client.Customer.list() == ([], invoiced.List())


# All pages


def test_all_reads_every_page_in_order_with_100_records_per_page(
    client: invoiced.Client, api: responses.RequestsMock
) -> None:
    page(api, records(1, 100), 201, next=f"{URL}?per_page=100&page=2")
    page(api, records(101, 200), 201, next=f"{URL}?per_page=100&page=3", previous=f"{URL}?per_page=100&page=1")
    page(api, records(201, 201), 201, previous=f"{URL}?per_page=100&page=2")
    assert invoiced.Collection.PAGE_SIZE == 100
    assert ids(client.Customer.all()) == list(range(1, 202))
    assert queries(api) == [{"per_page": "100"}, {"per_page": "100", "page": "2"}, {"per_page": "100", "page": "3"}]


def test_all_accepts_a_page_size_and_filters(client: invoiced.Client, api: responses.RequestsMock) -> None:
    page(api, records(1, 1), 1, self=URL)
    assert ids(client.Customer.all(per_page=2, filter={"autopay": True}, sort="name asc")) == [1]
    assert queries(api) == [{"per_page": "2", "filter[autopay]": "1", "sort": "name asc"}]


def test_all_fetches_each_page_only_when_it_is_needed(client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.assert_all_requests_are_fired = False
    page(api, records(1, 2), next=f"{URL}?page=2")
    page(api, records(3, 4), self=URL)
    customers = client.Customer.all()
    assert len(api.calls) == 0
    assert next(customers).id == 1
    assert next(customers).id == 2
    assert len(api.calls) == 1
    assert next(customers).id == 3
    assert len(api.calls) == 2


def test_all_rejects_invalid_params_immediately(client: invoiced.Client) -> None:
    with pytest.raises(TypeError, match="sort"):
        client.Customer.all(sort=b"name")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    "links",
    [
        {"self": f"{URL}?page=2&per_page=100", "next": f"{URL}?page=2&per_page=100"},
        {"next": f"{URL}?page=2&per_page=100"},
        {"next": f"{URL}?per_page=100&page=2&sort=id"},
        {"next": "?page=2"},
    ],
)
def test_all_ends_on_the_last_page_even_if_its_next_link_points_to_itself(
    links: dict[str, str], client: invoiced.Client, api: responses.RequestsMock
) -> None:
    page(api, records(1, 2), 3, self=f"{URL}?page=1&per_page=100", next=f"{URL}?page=2&per_page=100")
    page(api, records(3, 3), 3, **links)
    assert ids(client.Customer.all()) == [1, 2, 3]


@pytest.mark.parametrize(
    "links",
    [
        {"self": f"{URL}?page=1", "next": f"{URL}?page=1"},
        {"next": f"{URL}?page=1&per_page=100"},
        {"next": f"{URL}?per_page=100"},
        {"self": f"{URL}?x=1", "next": f"{URL}?x=1"},
        {"next": ""},
    ],
)
def test_all_ends_on_a_single_page_whose_next_link_points_to_itself(
    links: dict[str, str], client: invoiced.Client, api: responses.RequestsMock
) -> None:
    page(api, records(1, 2), 2, **links)
    assert ids(client.Customer.all()) == [1, 2]


def test_circular_links_raise_an_error(client: invoiced.Client, api: responses.RequestsMock) -> None:
    page(api, records(1, 1), next=f"{URL}?page=2")
    page(api, records(2, 2), next=f"{URL}?page=1")
    customers = client.Customer.all()
    with pytest.raises(invoiced.ApiError, match="no valid link to the next page"):
        list(customers)
    assert len(api.calls) == 2


def test_missing_links_before_the_end_raise_an_error(client: invoiced.Client, api: responses.RequestsMock) -> None:
    page(api, records(1, 100), 250)
    with pytest.raises(invoiced.ApiError, match="after 100 of 250 records"):
        list(client.Customer.all())
    api.reset()
    page(api, records(1, 100), 250, next=f"{URL}?page=2")
    page(api, records(101, 200), 250)
    with pytest.raises(invoiced.ApiError, match="after 200 of 250 records"):
        list(client.Customer.all())


@pytest.mark.parametrize("total", [None, 2])
def test_a_complete_list_without_links_ends_normally(
    total: int | None, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    page(api, records(1, 2), total)
    assert ids(client.Customer.all()) == [1, 2]


@pytest.mark.parametrize(
    "pages",
    [
        [{"self": f"{URL}?page=1", "last": f"{URL}?page=3"}],
        [{"next": f"{URL}?page=1"}],
        [{"next": f"{URL}?page=2"}, {"last": f"{URL}?page=3"}],
    ],
)
def test_an_incomplete_list_logs_a_warning(
    pages: list[dict[str, str]], client: invoiced.Client, api: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    for number, links in enumerate(pages):
        page(api, records(number, number), 3, **links)
    assert len(list(client.Customer.all())) == len(pages)
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_the_host_of_a_next_link_is_ignored(client: invoiced.Client, api: responses.RequestsMock) -> None:
    page(api, records(1, 1), next="https://evil.test/customers?page=2&per_page=100#x")
    page(api, records(2, 2), self=URL)
    assert ids(client.Customer.all()) == [1, 2]
    assert str(api.calls[1].request.url) == f"{URL}?page=2&per_page=100"


def test_an_error_on_a_later_page_is_raised_at_that_page(client: invoiced.Client, api: responses.RequestsMock) -> None:
    page(api, records(1, 1), next=f"{URL}?page=2")
    api.get(URL, status=401, json={"message": "Who?"})
    customers = client.Customer.all()
    assert next(customers).id == 1
    with pytest.raises(invoiced.AuthenticationError):
        next(customers)


class Record(dict[str, Any]):
    """A parsed record that supports weak references."""


def test_all_keeps_only_one_page_in_memory(
    client: invoiced.Client, api: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive: weakref.WeakSet[Record] = weakref.WeakSet()
    most_alive_while_parsing: list[int] = []
    Record.__hash__ = object.__hash__  # type: ignore[method-assign,assignment]

    def parse(content: bytes) -> list[Record]:
        gc.collect()
        most_alive_while_parsing.append(len(alive))
        parsed = [Record(values) for values in json.loads(content)]
        alive.update(parsed)
        return parsed

    for number in range(1, 6):
        links = {"next": f"{URL}?page={number + 1}"} if number < 5 else {"self": URL}
        page(api, records(number * 100, number * 100 + 99), **links)
    monkeypatch.setattr(client, "_parse", parse)
    for _ in client.Customer.all():
        assert len(alive) <= 101
    assert most_alive_while_parsing[0] == 0
    assert max(most_alive_while_parsing) <= 1  # the current record of the loop


def test_an_iteration_uses_the_session_of_the_client(client: invoiced.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[requests.PreparedRequest] = []

    def send(session: requests.Session, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        sent.append(request)
        response = requests.Response()
        response.status_code, response._content = 200, b"[]"
        assert session is client._session._session
        return response

    monkeypatch.setattr(requests.Session, "send", send)
    assert list(client.Customer.all()) == []
    assert len(sent) == 1


# Finding


def test_find_returns_the_only_match(client: invoiced.Client, api: responses.RequestsMock) -> None:
    page(api, records(7, 7), 1)
    assert client.Customer.find(number="CUST-00001").id == 7
    assert queries(api) == [{"filter[number]": "CUST-00001"}]


def test_find_takes_several_fields(client: invoiced.Client, api: responses.RequestsMock) -> None:
    page(api, records(7, 7), 1)
    client.Customer.find(name="Acme", autopay=False, timeout=3)
    assert queries(api) == [{"filter[name]": "Acme", "filter[autopay]": "0"}]


def test_find_raises_an_error_if_several_records_match(client: invoiced.Client, api: responses.RequestsMock) -> None:
    page(api, records(1, 25), 40)
    with pytest.raises(invoiced.MultipleFoundError, match="Expected one record with name='Acme', found 40"):
        client.Customer.find(name="Acme")


def test_find_raises_an_error_if_no_record_matches(client: invoiced.Client, api: responses.RequestsMock) -> None:
    page(api, [], 0)
    with pytest.raises(invoiced.NotFoundError, match="Expected one record with number='CUST-9', found 0") as caught:
        client.Customer.find(number="CUST-9")
    assert caught.value.request_sent is True


@pytest.mark.parametrize("value", [None, "", "  "])
def test_find_rejects_a_field_without_a_value_because_any_record_would_match(
    value: Any, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    with pytest.raises(ValueError, match="any record would match"):
        client.Customer.find(number=value)
    with pytest.raises(ValueError, match="any record would match"):
        client.Customer.find()
    assert len(api.calls) == 0


def test_find_encodes_values_like_any_query(client: invoiced.Client, api: responses.RequestsMock) -> None:
    page(api, records(7, 7), 1)
    client.Customer.find(**{"credit_limit": Decimal("0.10")})  # type: ignore[typeddict-item]
    assert queries(api) == [{"filter[credit_limit]": "0.10"}]

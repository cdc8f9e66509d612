"""Iteration over pages when the list changes or the server misbehaves."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

import invoiced

URL = "https://api.invoiced.com/customers"
STARTED = "Sat, 08 Nov 2014 00:02:08 GMT"
BEFORE, AFTER = 1415404927, 1415404929


@pytest.fixture
def script(api: responses.RequestsMock) -> Any:
    """Return a function that adds a page with these IDs, a total count, and the page number of the `next` link."""

    def add(ids: Any, total: int | None, following: object = None, created_at: object = BEFORE) -> None:
        headers = {"Date": STARTED, "Link": f'<{URL}?page=1>; rel="first"'}
        if following is not None:
            headers["Link"] += f', <{URL}?per_page=100&page={following}>; rel="next"'
        if total is not None:
            headers["X-Total-Count"] = str(total)
        api.get(URL, json=[{"id": id, "created_at": created_at} for id in ids], headers=headers)

    return add


def read(client: invoiced.Client, **params: Any) -> list[Any]:
    return [customer.get("id") for customer in client.Customer.all(**params)]


def requested_pages(api: responses.RequestsMock) -> list[str]:
    return [parse_qs(urlsplit(str(call.request.url)).query).get("page", ["1"])[0] for call in api.calls]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


WITHOUT_COUNT = "/customers may be incomplete: it has no total count"


def incomplete(read: int, total: int) -> str:
    return f"/customers may be incomplete: it kept changing; {read} of {total} records were read"


def test_a_list_of_which_fewer_records_were_read_than_counted_is_read_again(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([1, 2], 6, 2)
    script([4, 5], 6, 3)  # 1 was deleted, so that 3 moved to the first page
    script([6], 6)
    script([2, 3], 5, 2)
    script([4, 5], 5, 3)
    script([6], 5)
    assert read(client) == [1, 2, 4, 5, 6, 3]
    assert requested_pages(api) == ["1", "2", "3", "1", "2", "3"]
    assert warnings(caplog) == []


def test_a_list_whose_unread_records_were_deleted_is_read_again_without_a_warning(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([1, 2], 4, 2)
    script([3], 4)
    script([1, 2], 3, 2)
    script([3], 3)
    assert read(client, strict=True) == [1, 2, 3]
    assert warnings(caplog) == []


def test_a_list_in_which_nothing_moves_is_read_once(
    client: invoiced.Client, api: responses.RequestsMock, script: Any
) -> None:
    script([1, 2], 4, 2)
    script([3, 4], 4)
    assert read(client, strict=True) == [1, 2, 3, 4]
    assert len(api.calls) == 2


def test_new_records_are_not_counted_among_those_that_were_there(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([1, 2], 4, 2)
    script([4, 5], 4, None, AFTER)  # 1 was deleted and 5 created: the total count is that of before
    script([2, 3], 4, 2)
    script([4, 5], 4, None)
    assert read(client) == [1, 2, 4, 5, 3]
    assert warnings(caplog) == []


def test_a_record_that_is_read_twice_is_yielded_once_and_the_list_read_again(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([3, 2], 3, 2)
    script([2, 1], 3)
    script([4, 3], 4, 2)
    script([2, 1], 4)
    assert read(client) == [3, 2, 1, 4]
    assert warnings(caplog) == []


def test_a_total_count_that_changes_makes_the_list_read_again(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([1, 2], 4, 2)
    script([3, 4], 5)
    script([1, 2], 4, 2)
    script([3, 4], 4)
    assert read(client) == [1, 2, 3, 4]
    assert warnings(caplog) == []


def test_a_list_that_keeps_changing_is_read_until_three_readings_bring_nothing_new(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    for total in (4, 5, 6, 7):
        script([1, 2], total, 2)
        script([3], total)
    assert read(client) == [1, 2, 3]
    assert warnings(caplog) == [incomplete(3, 7)]


def test_a_total_count_that_is_always_wrong_logs_a_warning_after_the_second_reading(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([1, 2], 4)
    script([1, 2], 4)
    assert read(client) == [1, 2]
    assert warnings(caplog) == [incomplete(2, 4)]


def test_a_strict_iteration_raises_an_error_instead_of_a_warning(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([1, 2], 4)
    script([1, 2], 4)
    seen = []
    with pytest.raises(invoiced.ListChangedError, match=r"may be incomplete: .* 2 of 4 records were read") as raised:
        seen.extend(customer.id for customer in client.Customer.all(strict=True))
    assert seen == [1, 2]
    assert (raised.value.method, raised.value.path, warnings(caplog)) == ("GET", "/customers", [])


def test_a_missing_total_count_logs_a_warning(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([1, 2], None, 2)
    script([3], None)
    assert read(client) == [1, 2, 3]
    assert warnings(caplog) == [WITHOUT_COUNT]


REJECTED = {"type": "invalid_request", "message": "You must retrieve all preceding page numbers"}


def test_a_list_whose_next_page_the_service_does_not_find_any_more_is_read_again(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([1, 2], 4, 2)
    api.get(URL, status=400, json=REJECTED)
    script([1, 2], 4, 2)
    script([3, 4], 4)
    assert read(client) == [1, 2, 3, 4]
    assert requested_pages(api) == ["1", "2", "1", "2"]
    assert warnings(caplog) == []


def test_a_page_that_is_rejected_again_without_new_records_before_it_raises_the_error(
    client: invoiced.Client, api: responses.RequestsMock, script: Any
) -> None:
    for _ in range(2):
        script([1, 2], 4, 2)
        api.get(URL, status=400, json=REJECTED)
    with pytest.raises(invoiced.InvalidRequestError, match="preceding page"):
        read(client)


@pytest.mark.parametrize("date", [None, "", "tomorrow", "Sat, 08 Nov 99999 00:02:08 GMT", "8", "Mon, 99 Foo"])
@pytest.mark.parametrize("created_at", ["then", None, 1e9, AFTER])
def test_a_list_without_a_valid_date_can_be_read(
    date: str | None, created_at: object, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    headers = {"Link": f'<{URL}?page=1>; rel="self"', "X-Total-Count": "1", **({} if date is None else {"Date": date})}
    api.get(URL, json=[{"id": 1, "created_at": created_at}], headers=headers)
    assert read(client) == [1]


def test_an_iteration_from_a_later_page_does_not_read_earlier_pages(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([5, 6], 8, 4)
    script([8], 8)
    script([6, 7], 7, 4)
    script([8], 7)
    assert read(client, page=3, per_page=2) == [5, 6, 8, 7]
    assert requested_pages(api) == ["3", "4", "3", "4"]
    assert warnings(caplog) == []


def test_ids_that_are_not_in_ascending_order_are_remembered_too(
    client: invoiced.Client, api: responses.RequestsMock, script: Any
) -> None:
    ids: list[object] = [5, 3, "a", -1, 2**70, 9]
    script(ids, 12, 2)
    script([*ids, 4], 12)
    script(ids, 7, 2)
    script([4], 7)
    assert read(client) == [*ids, 4]


@pytest.mark.parametrize("id", [None, [1], {"a": 1}, 1.5])
def test_records_without_an_id_are_all_yielded(
    id: object, client: invoiced.Client, api: responses.RequestsMock, script: Any
) -> None:
    script([id, id], 3, 2)
    script([id], 3)
    assert read(client) == [id] * 3


def test_records_without_an_id_are_not_yielded_again_when_the_list_is_read_again(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([None, 1], 3)
    script([None, 1], 3)
    assert read(client) == [None, 1]
    assert warnings(caplog) == [incomplete(2, 3)]


def test_a_duplicate_record_on_a_page_is_yielded_once(
    client: invoiced.Client, api: responses.RequestsMock, script: Any
) -> None:
    script([1, 1, 2], 3)
    assert read(client) == [1, 2]


@pytest.mark.parametrize("following", [1, 4, 0, 99999999999999999999])
def test_a_next_link_to_any_other_page_raises_an_error(
    following: int, client: invoiced.Client, api: responses.RequestsMock, script: Any
) -> None:
    script([1, 2], 6, 2)
    script([3, 4], 6, following)
    with pytest.raises(invoiced.ApiError, match="ended after 4 of 6 records"):
        read(client)


@pytest.mark.parametrize("total", [None, 4])
def test_a_server_that_repeats_the_same_page_forever_raises_an_error(
    total: int | None, client: invoiced.Client, api: responses.RequestsMock, script: Any
) -> None:
    script([1, 2], total, 2)
    script([1, 2], total, 3)
    with pytest.raises(invoiced.ApiError, match="no valid link to the next page"):
        read(client)
    assert len(api.calls) == 2


def test_contradictory_counts_do_not_cause_an_endless_iteration(
    client: invoiced.Client, api: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    def respond(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        second = "page=2" in str(request.url)
        link = {} if second else {"Link": f'<{URL}?per_page=100&page=2>; rel="next"'}
        total, body = ("3", '[{"id": 3}, {"id": 4}]') if second else ("4", '[{"id": 1}]')
        return 200, {"X-Total-Count": total, **link}, body

    api.add_callback("GET", URL, respond)
    assert read(client) == [1, 3, 4]
    assert len(api.calls) == 4
    assert warnings(caplog) == [incomplete(3, 4)]


def test_endless_empty_pages_raise_an_error(
    client: invoiced.Client, api: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    def respond(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        number = int(parse_qs(urlsplit(str(request.url)).query).get("page", ["1"])[0])
        return 200, {"X-Total-Count": "10", "Link": f'<{URL}?page={number + 1}>; rel="next"'}, "[]"

    api.add_callback("GET", URL, respond)
    with pytest.raises(invoiced.ApiError, match="no valid link to the next page"):
        read(client)
    assert len(api.calls) < 15


def test_a_next_link_on_the_last_page_does_not_prevent_the_end(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([1, 2], 4, 2)
    script([3, 4], 4, 3)
    script([], 4, 4)
    assert read(client) == [1, 2, 3, 4]
    assert warnings(caplog) == []


def test_a_record_that_joins_a_filtered_list_while_another_leaves_it_makes_the_list_read_again(
    client: invoiced.Client, api: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    def page(ids: dict[int, int], **links: str) -> None:
        headers = {
            "Date": STARTED,
            "X-Total-Count": "5",
            "Link": ", ".join(f'<{URL}?{links[rel]}>; rel="{rel}"' for rel in links),
        }
        api.get(URL, json=[{"id": id, "created_at": 1, "updated_at": ids[id]} for id in ids], headers=headers)

    for params, expected in (
        ({"filter": {"chase": True}}, [9, 8, 6, 5, 3, 7]),
        ({"sort": "name asc"}, [9, 8, 6, 5, 3]),
    ):
        page({9: BEFORE, 8: BEFORE}, next="page=2")
        page({6: BEFORE, 5: BEFORE}, next="page=3")  # 9 left the filtered list, 3 joined it
        page({3: AFTER}, previous="page=2")
        page({8: BEFORE, 7: BEFORE}, next="page=2")
        page({6: BEFORE, 5: BEFORE}, next="page=3")
        page({3: BEFORE}, previous="page=2")
        assert read(client, **params) == expected
        assert warnings(caplog) == []
        api.reset()

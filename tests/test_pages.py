"""Iteration over pages when the list changes or the server misbehaves."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

import invoiced
from invoiced import pages

URL = "https://api.invoiced.com/customers"
STARTED = "Sat, 08 Nov 2014 00:02:08 GMT"
BEFORE, AFTER = 1415404928, 1415404929


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


WITHOUT_COUNT = "/customers may be incomplete: not every page had a total count"
CHANGED = "/customers may be incomplete: it changed while it was being read"


def test_when_the_list_shrinks_pages_are_read_backwards_until_one_contains_a_known_record(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([1, 2], 9, 2)
    script([3, 4], 9, 3)
    script([8, 9], 7, None)  # 1 and 3 were deleted
    script([5, 6], 7, 3)  # 2 was deleted
    script([4, 5], 6, 2)
    script([6, 7], 6, 3)
    script([8, 9], 6)
    assert read(client) == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert requested_pages(api) == ["1", "2", "3", "2", "1", "2", "3"]
    assert warnings(caplog) == []


def test_a_page_past_the_end_of_a_list_that_shrank_leads_back(
    client: invoiced.Client, api: responses.RequestsMock, script: Any
) -> None:
    script([1, 2], 4, 2)
    script([], 2)
    script([3, 4], 2)
    assert read(client) == [1, 2, 3, 4]
    assert requested_pages(api) == ["1", "2", "1"]


def test_no_page_is_read_again_if_a_known_record_is_on_the_next_page(
    client: invoiced.Client, api: responses.RequestsMock, script: Any
) -> None:
    script([1, 2], 4, 2)
    script([2, 3], 3)
    assert read(client) == [1, 2, 3]
    assert requested_pages(api) == ["1", "2"]


def test_records_that_new_records_move_to_the_next_page_are_yielded_once(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([3, 2], 3, 2)
    script([3, 2], 5, 3, AFTER)
    script([1], 5, None, BEFORE)
    assert read(client) == [3, 2, 1]
    assert warnings(caplog) == []


def test_a_missing_total_count_logs_a_warning(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([1, 2], None, 2)
    script([3], None)
    assert read(client) == [1, 2, 3]
    assert warnings(caplog) == [WITHOUT_COUNT]


def test_new_records_without_a_growing_count_log_a_warning(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([1, 2], 4, 2)
    script([4, 5], 4, None, AFTER)  # 1 was deleted and 5 created: only the creation time of 5 reveals that 3 is missing
    assert read(client) == [1, 2, 4, 5]
    assert warnings(caplog) == [CHANGED]


def test_new_records_with_a_growing_count_log_no_warning(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([1, 2], 2, 2)
    script([3, 4], 4, None, AFTER)
    assert read(client) == [1, 2, 3, 4]
    assert warnings(caplog) == []


@pytest.mark.parametrize("date", [None, "", "tomorrow", "Sat, 08 Nov 99999 00:02:08 GMT", "8", "Mon, 99 Foo"])
@pytest.mark.parametrize("created_at", ["then", None, 1e9, AFTER])
def test_a_list_without_a_valid_date_can_be_read(
    date: str | None, created_at: object, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    headers = {"Link": f'<{URL}?page=1>; rel="self"', "X-Total-Count": "1", **({} if date is None else {"Date": date})}
    api.get(URL, json=[{"id": 1, "created_at": created_at}], headers=headers)
    assert read(client) == [1]


def test_the_number_of_remembered_ids_is_bounded_and_changes_beyond_it_log_a_warning(
    client: invoiced.Client,
    api: responses.RequestsMock,
    script: Any,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pages, "REMEMBERED_IDS", 2)
    script([1, 2], 10, 2)
    script([3, 4], 10, 3)
    script([5, 6], 10, 4)
    script([8, 9], 9, 5)  # 4 was deleted; 5 and 6 are remembered
    script([6, 7], 9, 4)
    script([8, 9], 9, 5)
    script([10], 9)
    assert read(client) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert warnings(caplog) == []
    script([1, 2], 8, 2)
    script([3, 4], 8, 3)
    script([5, 6], 8, 4)
    script([], 4)  # 1, 2, 7 and 8 remain, none of which is remembered
    script([], 4)
    script([7, 8], 4, 3)
    script([1, 2], 4, 2)
    script([7, 8], 4)
    assert read(client) == [1, 2, 3, 4, 5, 6, 1, 2, 7, 8]
    assert warnings(caplog) == [CHANGED]


def test_an_iteration_from_a_later_page_does_not_read_earlier_pages(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([5, 6], 8, 4)
    script([], 4)
    script([8], 4)
    assert read(client, page=3) == [5, 6, 8]
    assert requested_pages(api) == ["3", "4", "3"]
    assert warnings(caplog) == [CHANGED]


@pytest.mark.parametrize("id", [None, [1], {"a": 1}, 1.5])
def test_records_without_an_id_are_all_yielded(
    id: object, client: invoiced.Client, api: responses.RequestsMock, script: Any
) -> None:
    script([id, id], 3, 2)
    script([id], 3)
    assert read(client) == [id] * 3


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
        return (
            200,
            {"X-Total-Count": "3" if second else "4", **link},
            '[{"id": 3}, {"id": 4}]' if second else '[{"id": 1}]',
        )

    api.add_callback("GET", URL, respond)
    assert read(client) == [1, 3, 4]
    assert len(api.calls) < 300
    assert warnings(caplog) == [CHANGED]


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


@pytest.mark.parametrize("pages", [[[1, 2], [5, 6, 7, 8]], [[1, 2], [3], [5, 6]]])
def test_pages_of_unexpected_sizes_log_a_warning(
    pages: list[list[int]],
    client: invoiced.Client,
    api: responses.RequestsMock,
    script: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    total = pages[-1][-1]
    for number, ids in enumerate(pages, start=2):
        script(ids, total, number if number <= len(pages) else None)
    assert read(client) == [id for ids in pages for id in ids]
    assert warnings(caplog) == [CHANGED]


def test_a_record_that_joins_a_filtered_list_while_another_leaves_it_logs_a_warning(
    client: invoiced.Client, api: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    def page(ids: dict[int, int], **links: str) -> None:
        headers = {
            "Date": STARTED,
            "X-Total-Count": "5",
            "Link": ", ".join(f'<{URL}?{links[rel]}>; rel="{rel}"' for rel in links),
        }
        api.get(URL, json=[{"id": id, "created_at": 1, "updated_at": ids[id]} for id in ids], headers=headers)

    for params, expected in (({"filter": {"chase": True}}, [CHANGED]), ({"sort": "id desc"}, [])):
        page({9: BEFORE, 8: BEFORE}, next="page=2")
        page({6: BEFORE, 5: BEFORE}, next="page=3")  # 9 left, 3 joined
        page({3: AFTER}, previous="page=2")
        assert read(client, **params) == [9, 8, 6, 5, 3]
        assert warnings(caplog) == expected
        caplog.clear()
        api.reset()

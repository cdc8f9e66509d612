"""How a loop goes from page to page when the list, or the server, is not as it should be."""

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
    """Answers page after page: its ids, the total count, and the number of the page that its `next` link names."""

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


def pages_asked_for(api: responses.RequestsMock) -> list[str]:
    return [parse_qs(urlsplit(str(call.request.url)).query).get("page", ["1"])[0] for call in api.calls]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


UNTOLD = "/customers may be incomplete: the API did not tell its total count on every page"
CHANGED = "/customers changed while it was read, by more than its total counts tell"


def test_when_the_list_shrinks_pages_are_read_again_until_one_holds_a_record_that_was_seen(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([1, 2], 9, 2)
    script([3, 4], 9, 3)
    script([8, 9], 7, None)  # 1 and 3 are gone
    script([5, 6], 7, 3)  # and 2
    script([4, 5], 6, 2)
    script([6, 7], 6, 3)
    script([8, 9], 6)
    assert read(client) == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert pages_asked_for(api) == ["1", "2", "3", "2", "1", "2", "3"]
    assert warnings(caplog) == []


def test_a_page_beyond_the_end_of_a_list_that_shrank_leads_back(
    client: invoiced.Client, api: responses.RequestsMock, script: Any
) -> None:
    script([1, 2], 4, 2)
    script([], 2)
    script([3, 4], 2)
    assert read(client) == [1, 2, 3, 4]
    assert pages_asked_for(api) == ["1", "2", "1"]


def test_a_page_that_shrank_and_still_holds_what_was_seen_is_not_read_again(
    client: invoiced.Client, api: responses.RequestsMock, script: Any
) -> None:
    script([1, 2], 4, 2)
    script([2, 3], 3)
    assert read(client) == [1, 2, 3]
    assert pages_asked_for(api) == ["1", "2"]


def test_what_moved_back_behind_new_records_comes_once(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([3, 2], 3, 2)
    script([3, 2], 5, 3, AFTER)
    script([1], 5, None, BEFORE)
    assert read(client) == [3, 2, 1]
    assert warnings(caplog) == []


def test_without_a_total_count_nobody_knows_and_a_warning_says_so(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([1, 2], None, 2)
    script([3], None)
    assert read(client) == [1, 2, 3]
    assert warnings(caplog) == [UNTOLD]


def test_records_newer_than_the_loop_that_the_count_does_not_tell_of_are_a_warning(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([1, 2], 4, 2)
    script([4, 5], 4, None, AFTER)  # 1 vanished as 5 came; nothing tells that 3 is missing, but for the age of 5
    assert read(client) == [1, 2, 4, 5]
    assert warnings(caplog) == [CHANGED]


def test_records_newer_than_the_loop_that_the_count_tells_of_are_none(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([1, 2], 2, 2)
    script([3, 4], 4, None, AFTER)
    assert read(client) == [1, 2, 3, 4]
    assert warnings(caplog) == []


@pytest.mark.parametrize("date", [None, "", "tomorrow", "Sat, 08 Nov 99999 00:02:08 GMT", "8", "Mon, 99 Foo"])
@pytest.mark.parametrize("created_at", ["then", None, 1e9, AFTER])
def test_a_server_that_tells_no_time_is_read_all_the_same(
    date: str | None, created_at: object, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    headers = {"Link": f'<{URL}?page=1>; rel="self"', "X-Total-Count": "1", **({} if date is None else {"Date": date})}
    api.get(URL, json=[{"id": 1, "created_at": created_at}], headers=headers)
    assert read(client) == [1]


def test_what_is_remembered_is_bounded_and_a_list_that_changes_beyond_it_is_a_warning(
    client: invoiced.Client,
    api: responses.RequestsMock,
    script: Any,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pages, "REMEMBERED", 2)
    script([1, 2], 10, 2)
    script([3, 4], 10, 3)
    script([5, 6], 10, 4)
    script([8, 9], 9, 5)  # 4 is gone; 5 and 6 are remembered
    script([6, 7], 9, 4)
    script([8, 9], 9, 5)
    script([10], 9)
    assert read(client) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert warnings(caplog) == []
    script([1, 2], 8, 2)
    script([3, 4], 8, 3)
    script([5, 6], 8, 4)
    script([], 4)  # what is left is 1, 2, 7 and 8, of which nothing is remembered
    script([], 4)
    script([7, 8], 4, 3)
    script([1, 2], 4, 2)
    script([7, 8], 4)
    assert read(client) == [1, 2, 3, 4, 5, 6, 1, 2, 7, 8]
    assert warnings(caplog) == [CHANGED]


def test_a_loop_that_begins_in_the_middle_does_not_go_before_its_beginning(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([5, 6], 8, 4)
    script([], 4)
    script([8], 4)
    assert read(client, page=3) == [5, 6, 8]
    assert pages_asked_for(api) == ["3", "4", "3"]
    assert warnings(caplog) == [CHANGED]


@pytest.mark.parametrize("id", [None, [1], {"a": 1}, 1.5])
def test_records_whose_id_is_none_all_come(
    id: object, client: invoiced.Client, api: responses.RequestsMock, script: Any
) -> None:
    script([id, id], 3, 2)
    script([id], 3)
    assert read(client) == [id] * 3


def test_a_record_that_is_twice_on_a_page_comes_once(
    client: invoiced.Client, api: responses.RequestsMock, script: Any
) -> None:
    script([1, 1, 2], 3)
    assert read(client) == [1, 2]


@pytest.mark.parametrize("following", [1, 4, 0, 99999999999999999999])
def test_a_next_link_that_leads_anywhere_but_to_the_next_page_is_an_error(
    following: int, client: invoiced.Client, api: responses.RequestsMock, script: Any
) -> None:
    script([1, 2], 6, 2)
    script([3, 4], 6, following)
    with pytest.raises(invoiced.ApiError, match="breaks off after 4 of 6 records"):
        read(client)


@pytest.mark.parametrize("total", [None, 4])
def test_a_server_that_answers_the_same_page_for_ever_is_an_error(
    total: int | None, client: invoiced.Client, api: responses.RequestsMock, script: Any
) -> None:
    script([1, 2], total, 2)
    script([1, 2], total, 3)
    with pytest.raises(invoiced.ApiError, match="its links lead nowhere"):
        read(client)
    assert len(api.calls) == 2


def test_counts_that_contradict_each_other_for_ever_do_not_hold_a_loop_for_ever(
    client: invoiced.Client, api: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        second = "page=2" in str(request.url)
        link = {} if second else {"Link": f'<{URL}?per_page=100&page=2>; rel="next"'}
        return (
            200,
            {"X-Total-Count": "3" if second else "4", **link},
            '[{"id": 3}, {"id": 4}]' if second else '[{"id": 1}]',
        )

    api.add_callback("GET", URL, answer)
    assert read(client) == [1, 3, 4]
    assert len(api.calls) < 300
    assert warnings(caplog) == [CHANGED]


def test_empty_pages_without_end_end(
    client: invoiced.Client, api: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        number = int(parse_qs(urlsplit(str(request.url)).query).get("page", ["1"])[0])
        return 200, {"X-Total-Count": "10", "Link": f'<{URL}?page={number + 1}>; rel="next"'}, "[]"

    api.add_callback("GET", URL, answer)
    with pytest.raises(invoiced.ApiError, match="its links lead nowhere"):
        read(client)
    assert len(api.calls) < 15


def test_a_server_whose_last_page_names_a_next_one_is_read_to_its_end(
    client: invoiced.Client, api: responses.RequestsMock, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script([1, 2], 4, 2)
    script([3, 4], 4, 3)
    script([], 4, 4)
    assert read(client) == [1, 2, 3, 4]
    assert warnings(caplog) == []


@pytest.mark.parametrize("pages", [[[1, 2], [5, 6, 7, 8]], [[1, 2], [3], [5, 6]]])
def test_pages_of_other_sizes_than_they_should_have_are_a_warning(
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


def test_a_record_that_joins_a_restricted_list_by_an_edit_as_another_leaves_it_is_a_warning(
    client: invoiced.Client, api: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    def page(ids: dict[int, int], **links: str) -> None:
        headers = {
            "Date": STARTED,
            "X-Total-Count": "5",
            "Link": ", ".join(f'<{URL}?{links[rel]}>; rel="{rel}"' for rel in links),
        }
        api.get(URL, json=[{"id": id, "created_at": 1, "updated_at": ids[id]} for id in ids], headers=headers)

    for params, said in (({"filter": {"chase": True}}, [CHANGED]), ({"sort": "id desc"}, [])):
        page({9: BEFORE, 8: BEFORE}, next="page=2")
        page({6: BEFORE, 5: BEFORE}, next="page=3")  # 9 left, 3 joined
        page({3: AFTER}, previous="page=2")
        assert read(client, **params) == [9, 8, 6, 5, 3]
        assert warnings(caplog) == said
        caplog.clear()
        api.reset()

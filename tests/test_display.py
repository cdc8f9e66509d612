"""How records and pages are shown at a prompt and in a notebook."""

from __future__ import annotations

import copy
import html
import json
import pickle
import re
from typing import Any

import pytest
import responses

import invoiced
from invoiced.display import MAX_RECORDS
from invoiced.list import Records

HOSTILE = "<script>alert(1)</script>\n\"'&"
ACME = {"object": "customer", "id": 7, "name": HOSTILE, "number": "CUST-7", "notes": "x" * 10_000, "metadata": {"a": 1}}


@pytest.fixture
def page(client: invoiced.Client, api: responses.RequestsMock) -> list[invoiced.Customer]:
    api.get("https://api.invoiced.com/customers", json=[{**ACME, "id": number} for number in range(1, 101)])
    return client.Customer.list()[0]


def test_a_page_has_one_short_line_for_each_record(page: list[invoiced.Customer]) -> None:
    lines = repr(page).split("\n")
    assert len(lines) == MAX_RECORDS + 1
    assert lines[0].startswith("[<Customer id=1 number='CUST-7' name='<script>")
    assert all(line.startswith(f" <Customer id={number} ") for number, line in enumerate(lines[1:-1], start=2))
    assert max(map(len, lines)) < 200
    assert lines[-1] == " ... 80 more]"


@pytest.mark.parametrize("size", [0, 1, 3, MAX_RECORDS])
def test_a_page_that_is_not_longer_is_shown_completely(page: list[invoiced.Customer], size: int) -> None:
    del page[size:]
    assert repr(page).count("<Customer id=") == size
    assert len(repr(page).split("\n")) == max(size, 1)
    assert "more" not in repr(page)


def test_a_record_is_shown_completely_with_its_fields_as_json(page: list[invoiced.Customer]) -> None:
    assert repr(page[0]).endswith(f"JSON: {json.dumps({**ACME, 'id': 1}, indent=2)}")


def test_a_record_is_a_table_of_its_fields(page: list[invoiced.Customer]) -> None:
    table = page[0]._repr_html_()
    rows = re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td></tr>", table, re.DOTALL)
    assert [name for name, _ in rows] == [*ACME]
    assert dict(rows)["name"] == html.escape(HOSTILE)
    assert len(table) < 2000


def test_a_page_is_a_table_of_the_fields_that_tell_records_apart(page: list[invoiced.Customer]) -> None:
    shown: Any = page
    table = shown._repr_html_()
    assert re.findall("<th>(.*?)</th>", table) == ["id", "number", "name"]
    assert table.count("<tr>") == 1 + MAX_RECORDS
    assert "<caption>20 of 100 Customer records</caption>" in table
    assert html.escape(HOSTILE) in table
    assert HOSTILE not in table


def test_names_from_the_api_are_escaped_and_a_record_with_many_fields_is_cut(client: invoiced.Client) -> None:
    record = invoiced.Customer(client, 1, {HOSTILE: 1, **{f"field{number}": number for number in range(1000)}})
    table = record._repr_html_()
    assert HOSTILE not in table
    assert html.escape(HOSTILE) in table
    assert table.count("<tr>") == 201


def test_a_page_that_a_program_filled_with_something_else_is_shown(page: list[Any]) -> None:
    page[:] = [page[0], "x" * 1000, None, {}]
    assert repr(page).count("\n") == 3
    assert page._repr_html_() is None  # type: ignore[attr-defined]


class Printer:
    """What IPython passes to `_repr_pretty_`."""

    def __init__(self, *stack: int) -> None:
        self.stack, self.shown = [*stack], ""

    def text(self, text: str) -> None:
        self.shown += text


def test_ipython_shows_a_record_in_any_list_on_one_line(page: list[invoiced.Customer]) -> None:
    alone, in_list = Printer(1), Printer(1, 2)
    page[0]._repr_pretty_(alone, False)
    page[0]._repr_pretty_(in_list, False)
    assert alone.shown == repr(page[0])
    assert in_list.shown.startswith("<Customer id=1 number='CUST-7'")
    assert "\n" not in in_list.shown


def test_showing_records_sends_nothing_and_changes_nothing(
    page: list[invoiced.Customer], client: invoiced.Client, api: responses.RequestsMock
) -> None:
    shown: Any = page
    everything = client.Customer.all()
    requests = len(api.calls)
    repr(page), shown._repr_html_(), page[0]._repr_html_(), repr(everything), str(everything)
    assert len(api.calls) == requests
    assert not page[0].save()
    assert next(everything).id == 1


def test_a_page_is_a_list(page: list[invoiced.Customer]) -> None:
    plain = [*page]
    assert isinstance(page, Records)
    assert page == plain
    assert plain == copy.copy(page) == copy.deepcopy(page)
    assert [each.id for each in pickle.loads(pickle.dumps(page))] == [each.id for each in plain]


def test_nested_pages_are_shown_in_the_same_way(client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.get("https://api.invoiced.com/customers/7/contacts", json=[{"object": "contact", "id": 1, "name": "Nancy"}])
    api.get("https://api.invoiced.com/invoices/7/attachments", json=[{"object": "attachment", "id": 1}])
    assert repr(invoiced.Customer(client, 7).contacts().list()[0]) == "[<Contact id=1 name='Nancy'>]"
    assert repr(invoiced.Invoice(client, 7).list_attachments()[0]) == "[<Attachment id=1>]"

"""What docs/migrating.md says about code that has another effect with invoiced 3.0.0, without an error."""

from __future__ import annotations

import copy
import csv
import enum
import importlib
import io
import json
import os
import re
import sqlite3
import unittest
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import requests

import invoiced
from invoiced.emulator import Emulator

PAGE = (Path(__file__).parents[2] / "docs" / "migrating.md").read_text(encoding="utf-8")
SECTION = PAGE.split("## What no type checker finds")[1].split("### Errors that are new")[0]
ROWS = [
    tuple(cell.strip() for cell in row.split(" | "))
    for row in re.findall(r"^\| (?!search for)(.*) \|$", SECTION, re.MULTILINE)
]
Check = Callable[[Any, Emulator], None]
CHECKS: dict[str, Check] = {}


def row(search_for: str) -> Callable[[Check], Check]:
    """Register the check of a row by its first cell."""

    def register(check: Check) -> Check:
        CHECKS[search_for] = check
        return check

    return register


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[Any]:
    with invoiced.Client("key", base_url=emulator.url, max_retries=2) as client:
        yield client


def create(client: Any, **fields: Any) -> Any:
    return client.Customer.create(name="Acme", **fields)


def fetched(client: Any, record: Any) -> Any:
    return client.Customer.retrieve(record.id)


@pytest.mark.parametrize("search_for", [row[0] for row in ROWS])
def test_each_row_is_correct(search_for: str, client: Any, emulator: Emulator) -> None:
    CHECKS[search_for](client, emulator)


def test_there_is_no_check_without_a_row() -> None:
    assert [*CHECKS] == [row[0] for row in ROWS]
    assert {len(row) for row in ROWS} == {3}


# Fields and saving


@row('`x.metadata["seen"] = "1"`, `x.taxes.sort()`')
def nested_edits(client: Any, _: Emulator) -> None:
    x = create(client, metadata={"rep": "Jan"})
    x.to_dict()["metadata"]["seen"] = "0"
    assert x.save() is False
    x.metadata["seen"] = "1"
    assert x.save() is True
    assert fetched(client, x).metadata == {"rep": "Jan", "seen": "1"}


@row("`except ValueError` around `x.email = text`")
def empty_text(client: Any, _: Emulator) -> None:
    x = create(client, email="a@example.test")
    x.email = ""
    x.save()
    assert fetched(client, x).email is None


@row("`except InvalidRequestError` around `x.save(name=n)`")
def refused_values(client: Any, _: Emulator) -> None:
    x = create(client)
    for fields in ({"country": "NOWHERE"}, {"city": "Oslo"}):
        with pytest.raises(invoiced.InvalidRequestError, match="country"):
            x.save(**fields)
    x.refresh()
    assert x.save(city="Oslo") is True


@row('`"name" in x`, `len(x)` after `x.delete()`')
def deleted_records(client: Any, _: Emulator) -> None:
    x = create(client)
    assert x.delete() is True
    assert "name" in x


@row("`copy.copy(x)`")
def copies(client: Any, emulator: Emulator) -> None:
    x = create(client, metadata={})
    y = copy.copy(x)
    y.metadata["a"] = "b"
    assert x.metadata == {}
    y.save()
    assert emulator.requests[-1].body == {"metadata": {"a": "b"}}


@row("`if x.contacts():`, `if client.Customer:`")
def truth_of_collections(client: Any, _: Emulator) -> None:
    x = create(client)
    assert x.contacts()
    assert client.Customer
    assert not any(x.contacts().all())
    x.contacts().create(name="Nancy")
    assert any(x.contacts().all())


# Records in other code


@row("`isinstance(v, dict)`, `type(v) is dict`")
def instances_of_dict(client: Any, _: Emulator) -> None:
    x = create(client, stripe_token="tok")
    for v in (x, x.payment_source, x.balance()):
        assert not isinstance(v, dict)
        assert isinstance(v, Mapping)
    assert isinstance(dict(x)["payment_source"], dict)


@row('`hasattr(v, "items")`')
def method_items(client: Any, _: Emulator) -> None:
    x = create(client, stripe_token="tok")
    assert not hasattr(x, "items")
    assert not hasattr(x.payment_source, "items")
    assert isinstance(client.Invoice.create(customer=x.id, items=[{"unit_cost": 1}]).items, list)


@row("`json.dumps(v, default=str)`")
def json_as_text(client: Any, _: Emulator) -> None:
    x = create(client)
    assert json.loads(json.dumps({"customer": x}, default=str)) == {"customer": str(x)}
    assert json.loads(json.dumps({"customer": x}, default=dict)) == {"customer": x.to_dict()}


@row("`list(iter(v))` in `JSONEncoder.default`")
def json_as_a_list(client: Any, _: Emulator) -> None:
    x = create(client)
    assert json.loads(json.dumps({"customer": x}, default=lambda v: list(iter(v)))) == {"customer": [*x.keys()]}


@row("`for name in x` with `x[name]`")
def loops_over_names(client: Any, _: Emulator) -> None:
    x = create(client, stripe_token="tok")
    assert isinstance({name: x[name] for name in x}["payment_source"], invoiced.Card)
    assert type({name: value for name, value in dict(x).items()}["payment_source"]) is dict


@row("`writerow(x)` of `csv.DictWriter`")
def csv_rows(client: Any, _: Emulator) -> None:
    x = create(client, stripe_token="tok")
    written = []
    for values in (x, dict(x)):
        csv.DictWriter(file := io.StringIO(), ["payment_source"], extrasaction="ignore").writerow(values)
        ((cell,),) = csv.reader(io.StringIO(file.getvalue()))
        written.append(cell)
    assert written == [str(x.payment_source), str(x.payment_source.to_dict())]


@row("`pandas.DataFrame(x)`")
def data_frames(client: Any, _: Emulator) -> None:
    pandas = pytest.importorskip("pandas")
    x = create(client, stripe_token="tok")
    assert list(pandas.DataFrame(x)[0]) == list(x)
    for frame in (pandas.DataFrame([x]), pandas.DataFrame(client.Customer.all()), pandas.DataFrame.from_records([x])):
        assert list(frame.columns) == list(x)
        assert (frame["name"][0], frame["payment_source"][0]) == ("Acme", x.payment_source.to_dict())


@row("`str(x)`, or a hash of it")
def text_of_records(client: Any, _: Emulator) -> None:
    x = create(client, city="Zoë")
    assert "\\u00eb" in json.dumps(dict(x), sort_keys=True, indent=2)
    assert "\\u00eb" not in str(x)
    assert json.loads(str(x)) == x.to_dict()
    assert [*json.loads(str(x))] == [*x]


# Errors and responses


def caught(client: Any, emulator: Emulator, **response: Any) -> Any:
    emulator.fail("GET /customers", times=3, **response)
    with pytest.raises(invoiced.InvoicedError) as caught:
        client.with_options(max_retries=0).Customer.list()
    return caught.value


@row("`except ApiError`")
def classes_of_errors(client: Any, emulator: Emulator) -> None:
    for status in (400, 403, 404, 405, 409, 422):
        error = caught(client, emulator, status=status, body="<html>no</html>", headers={"Content-Type": "text/html"})
        assert isinstance(error, invoiced.InvalidRequestError)
        assert not isinstance(error, invoiced.ApiError)
        emulator.reset()


@row("`type(error) is`, `error.__class__.__name__`")
def exact_classes_of_errors(client: Any, emulator: Emulator) -> None:
    names = []
    for status in (403, 404):
        names.append(type(caught(client, emulator, status=status)).__name__)
        emulator.reset()
    assert names == ["PermissionDeniedError", "NotFoundError"]


@row("`in str(error)`")
@row("`error.error is None`")
def text_of_errors(client: Any, emulator: Emulator) -> None:
    error = caught(client, emulator, status=502, body="<html>bad</html>", headers={"Content-Type": "text/html"})
    assert error.error == "<html>bad</html>"
    assert "<html>" not in str(error)
    assert isinstance(caught(client, emulator, status=502, body={"message": "bad"}).error, dict | str)


@row("`except ValueError` around `retrieve(id)`")
def empty_ids(client: Any, emulator: Emulator) -> None:
    with pytest.raises(invoiced.NotFoundError):
        client.Customer.retrieve(0)
    assert emulator.requests[-1].path == "/customers/0"
    with pytest.raises(TypeError):
        client.Customer.retrieve(None)


@row('`"body" in r`, `for key in r`')
def responses_of_request(client: Any, _: Emulator) -> None:
    r = client.request("GET", "/customers")
    assert "body" not in r
    assert next(type(value) for value in r) is int
    assert r.body == []


@row("`metadata.links`")
def links_of_lists(client: Any, emulator: Emulator) -> None:
    emulator.fail("GET /customers", status=200, body=[], headers={"Link": '</customers?page=2>; rel="NEXT"'})
    _, metadata = client.Customer.list()
    assert metadata.links == {"next": f"{emulator.url}/customers?page=2"}


# Requests


@row('`filter={"email": email}`')
def filters_with_none(client: Any, _: Emulator) -> None:
    x = create(client, email="a@example.test")
    records, _page = client.Customer.list(filter={"email": None})
    assert records == [x]
    with pytest.raises(ValueError, match="at least one field, each with a value"):
        client.Customer.find(email=None)


@row('`filter={"type": E.A}`, lists in lists')
def filters_with_other_values(client: Any, emulator: Emulator) -> None:
    class E(str, enum.Enum):
        A = "company"

    client.Customer.list(filter={"type": E.A})
    assert emulator.requests[-1].query["filter[type]"] == "company"
    emulator.fail("GET /odd", status=200, body=[])
    client.request("GET", "odd", {"a": [["b"]]})
    assert [*emulator.requests[-1].query] == ["a[0][]"]


@row("`list(timeout=5)`, `create(deadline=d)`")
def options_of_calls(client: Any, emulator: Emulator) -> None:
    client.Customer.list(timeout=5)
    assert emulator.requests[-1].query == {}
    client.Customer.create(name="Acme", deadline=60)
    assert emulator.requests[-1].body == {"name": "Acme"}


@row("`signal.alarm`, limits of 60 seconds")
@row("`backoff`, `tenacity`, `time.sleep`")
def retries(client: Any, emulator: Emulator) -> None:
    emulator.fail("GET /customers", status=503, times=4, headers={"Retry-After": "0"})
    for limits, attempts in (({}, 3), ({"max_retries": 0}, 1)):
        emulator.requests.clear()
        with pytest.raises(invoiced.ApiError):
            client.with_options(**limits).Customer.list()
        assert len(emulator.requests) == attempts


@row("`invoiced.Client(` in a function or a loop")
def connections_of_clients(_: Any, emulator: Emulator) -> None:
    closed = []
    with mock.patch.object(requests.Session, "close", lambda session: closed.append(session)):
        kept = invoiced.Client("key", base_url=emulator.url)
        kept.Customer.list()
        assert closed == []
        with kept:
            pass
        assert len(closed) == 1
    kept.close()


@row('`mock.patch("requests.request")`')
def patches_of_requests(client: Any, emulator: Emulator) -> None:
    with mock.patch("requests.request") as patched:
        client.Customer.list()
    assert not patched.called
    assert len(emulator.requests) == 1


@row("`INVOICED_BASE_URL`, `INVOICED_SANDBOX`")
def environment(_: Any, emulator: Emulator) -> None:
    for variable, value, url in (
        ("INVOICED_BASE_URL", emulator.url, emulator.url),
        ("INVOICED_SANDBOX", "1", invoiced.Client("key", sandbox=True).api_url),
    ):
        with mock.patch.dict(os.environ, {variable: value}):
            assert invoiced.Client("key").api_url == url


@row('`os.environ["HTTPS_PROXY"] = p`')
def proxies(_: Any, __: Emulator) -> None:
    sent: list[Any] = []
    with mock.patch.dict(os.environ, {"HTTPS_PROXY": "http://127.0.0.1:1"}), invoiced.Client("key") as client:
        os.environ["HTTPS_PROXY"] = "http://127.0.0.1:2"

        def send(_adapter: object, request: Any, **options: Any) -> requests.Response:
            sent.append(options["proxies"]["https"])
            response = requests.Response()
            response.status_code, response.request, response._content = 200, request, b"[]"
            return response

        with mock.patch.object(requests.adapters.HTTPAdapter, "send", send):
            client.Customer.list()
    assert sent == ["http://127.0.0.1:1"]


# Errors that are new


NEW_ERRORS: dict[str, Callable[[Any, Any], object]] = {
    "client.api_key = k": lambda client, _: setattr(client, "api_key", "other"),
    "client.api_url = u": lambda client, _: setattr(client, "api_url", "https://example.test"),
    "Client(None)": lambda *_: invoiced.Client(None),  # type: ignore[arg-type]  # pyright: ignore
    "Client(key, 1)": lambda *_: invoiced.Client("key", 1),  # type: ignore[arg-type]  # pyright: ignore
    "json.dumps(x)": lambda _, x: json.dumps(x),
    "requests.post(u, data=x)": lambda _, x: requests.Request("POST", "https://example.test", data=x).prepare(),
    "{} | x": lambda _, x: {} | x,
    "list(reversed(x))": lambda _, x: list(reversed(x)),
    "vars(x)": lambda _, x: vars(x),
    "x._cache = 1": lambda _, x: setattr(x, "_cache", 1),
    "assertDictEqual": lambda _, x: unittest.TestCase().assertDictEqual(x, x.to_dict()),  # noqa: PT009
    "pandas.json_normalize([x])": lambda _, x: pytest.importorskip("pandas").json_normalize([x]),
    "pandas.Series(x)": lambda _, x: pytest.importorskip("pandas").Series(x),
    "x.items()": lambda _, x: x.items(),
    'cursor.execute("... :name", x)': lambda _, x: sqlite3.connect(":memory:").execute("SELECT :name", x),
    "n.tolist()": lambda client, _: client.Customer.create(name=pytest.importorskip("numpy").array(["Acme"])),
    "customer=x": lambda client, x: client.Invoice.create(customer=x),
    'client.request("GET", "/customers?page=2")': lambda client, _: client.request("GET", "/customers?page=2"),
}


@pytest.mark.parametrize("code", NEW_ERRORS)
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")  # of sqlite3, on newer Pythons
def test_each_new_error_is_raised_before_anything_is_sent(code: str, client: Any, emulator: Emulator) -> None:
    assert f"`{code}`" in PAGE.split("### Errors that are new")[1].split("### ")[0]
    x = create(client)
    emulator.requests.clear()
    with pytest.raises((AttributeError, KeyError, TypeError, ValueError, AssertionError, sqlite3.ProgrammingError)):
        NEW_ERRORS[code](client, x)
    assert emulator.requests == []


@pytest.mark.parametrize("module", ["invoiced.util", "invoiced.objects", "invoiced.operations"])
def test_the_modules_of_the_older_client_do_not_exist(module: str) -> None:
    assert f"`{module}`" in PAGE
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(module)

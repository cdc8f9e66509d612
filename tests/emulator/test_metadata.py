"""Metadata: its limits, and its values, which are stored as text."""

from __future__ import annotations

from typing import Any

import pytest
import requests


def _update(api: requests.Session, metadata: Any) -> requests.Response:
    return api.patch("/customers/1", json={"metadata": metadata})


def _read(api: requests.Session) -> Any:
    return api.get("/customers/1").json()["metadata"]


@pytest.mark.parametrize(
    "metadata",
    [
        {str(key): "" for key in range(11)},
        {"k" * 41: ""},
        {"ü" * 21: ""},
        {"k": "v" * 256},
        {"k": "ü" * 128},
        {"k": ["v" * 252]},
        {"k": {"v": "v" * 248}},
        {"k": None},
        {"a": "b", "k": None},
    ],
)
def test_metadata_beyond_the_limits_is_refused(
    api: requests.Session, customer: dict[str, Any], metadata: dict[str, Any]
) -> None:
    for response in (_update(api, metadata), api.post("/customers", json={"name": "A", "metadata": metadata})):
        assert (response.status_code, response.json()["param"]) == (400, "metadata")
    assert _read(api) == {}


@pytest.mark.parametrize(
    "metadata",
    [{f"{key}{'k' * 39}": "v" * 255 for key in range(10)}, {"ü" * 20: "ü" * 127}, {"k": '["' + "v" * 251 + '"]'}],
)
def test_metadata_within_the_limits_is_stored(
    api: requests.Session, customer: dict[str, Any], metadata: dict[str, Any]
) -> None:
    assert _update(api, metadata).json()["metadata"] == metadata
    assert _read(api) == metadata


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("text", "text"),
        ("", ""),
        (5, "5"),
        (1.5, "1.5"),
        (10.0, "10"),
        (True, "1"),
        (False, "0"),
        (["a", 1], '["a",1]'),
        ({"b": {"a": True}}, '{"b":{"a":true}}'),
    ],
)
def test_values_come_back_as_text_but_the_response_to_the_write_has_them_as_sent(
    api: requests.Session, customer: dict[str, Any], sent: Any, read: str
) -> None:
    assert _update(api, {"key": sent}).json()["metadata"] == {"key": sent}
    assert _read(api) == api.get("/customers").json()[0]["metadata"] == {"key": read}
    created = api.post("/customers", json={"name": "B", "metadata": {"key": sent}}).json()
    assert created["metadata"] == {"key": sent}
    assert api.get(f"/customers/{created['id']}").json()["metadata"] == {"key": read}


def test_an_update_without_metadata_shows_it_as_stored(api: requests.Session, customer: dict[str, Any]) -> None:
    _update(api, {"key": 5})
    assert api.patch("/customers/1", json={"city": "Graz"}).json()["metadata"] == {"key": "5"}


def test_an_update_replaces_all_metadata(api: requests.Session, customer: dict[str, Any]) -> None:
    _update(api, {"a": "1", "b": "2"})
    _update(api, {"b": "3"})
    assert _read(api) == {"b": "3"}
    _update(api, {})
    assert _read(api) == {}


@pytest.mark.parametrize(("sent", "read"), [("text", {"scalar": "text"}), (5, {"scalar": "5"}), (["a"], {"0": "a"})])
def test_what_is_no_object_becomes_one(api: requests.Session, customer: dict[str, Any], sent: Any, read: Any) -> None:
    assert _update(api, sent).status_code == 200
    assert _read(api) == read


@pytest.mark.parametrize(
    ("kind", "sent", "read"),
    [
        ("boolean", True, True),
        ("boolean", "0", False),
        ("integer", "5", 5),
        ("double", 1.5, 1.5),
        ("money", "10.00", 10),
        ("date", 1415222128, 1415222128),
        ("string", 5, "5"),
        ("enum", "red", "red"),
        ("integer", "many", "many"),
        ("double", "NaN", "NaN"),
        ("boolean", "maybe", "maybe"),
    ],
)
def test_a_value_with_a_custom_field_has_the_type_of_the_field(
    api: requests.Session, customer: dict[str, Any], kind: str, sent: Any, read: Any
) -> None:
    for field in ({"id": "key", "object": "customer", "type": kind}, {"id": "key", "object": "invoice"}):
        assert api.post("/custom_fields", json={"name": "Key", **field}).status_code == 201
    _update(api, {"key": sent, "other": sent})
    assert (_read(api)["key"], type(_read(api)["key"])) == (read, type(read))
    assert isinstance(_read(api)["other"], str)


def test_metadata_of_lines_is_stored_as_text(api: requests.Session, customer: dict[str, Any]) -> None:
    body = {"customer": customer["id"], "items": [{"unit_cost": 1, "metadata": {"room": 5}}]}
    invoice = api.post("/invoices", json=body).json()
    assert api.get(f"/invoices/{invoice['id']}").json()["items"][0]["metadata"] == {"room": "5"}
    body["items"] = [{"unit_cost": 1, "metadata": {"room": None}}]
    assert api.post("/invoices", json=body).status_code == 400

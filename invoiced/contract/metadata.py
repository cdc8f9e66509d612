"""Metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from invoiced.contract import scenes
from invoiced.contract.account import Account
from invoiced.contract.facts import Finding, fact, refused
from invoiced.contract.received import Received


def _update(account: Account, metadata: Mapping[str, Any]) -> Received:
    path = f"customers/{account.scene(scenes.plain)['id']}"
    return account.send("PATCH", path, {"metadata": {"contract": account.token, **metadata}})


def _numbers(account: Account) -> Received:
    """Store a number and a boolean."""
    return _update(account, {"number": 5, "flag": True})


@fact("F1")
def too_many_keys(account: Account) -> Finding:
    """More than 10 keys are refused."""
    return refused(_update(account, {f"key_{number}": "x" for number in range(10)}), param="metadata")


@fact("F1b")
def too_many_bytes(account: Account) -> Finding:
    """Limits count bytes: 128 times é, which is 256 bytes, is refused."""
    return refused(_update(account, {"key": "é" * 128}), param="metadata")


@fact("F1c")
def null_value(account: Account) -> Finding:
    """Null is refused as a value."""
    return refused(_update(account, {"key": None}), param="metadata")


@fact("F2")
def kept_metadata(account: Account) -> Finding:
    """An update without metadata keeps it."""
    kept = account.scene(scenes.updated).record["metadata"] == {"contract": account.token}
    return Finding(kept, "kept" if kept else "changed")


@fact("F3")
def values_in_the_response_to_an_update(account: Account) -> Finding:
    """The response to an update has numbers and booleans as they were sent."""
    metadata = account.scene(_numbers).record["metadata"]
    return _types_of(metadata, {"number": 5, "flag": True})


@fact("F3b")
def values_in_later_responses(account: Account) -> Finding:
    """Later responses have numbers as text, and true as 1."""
    account.scene(_numbers)
    metadata = account.get(f"customers/{account.scene(scenes.plain)['id']}").record["metadata"]
    return _types_of(metadata, {"number": "5", "flag": "1"})


def _types_of(metadata: Mapping[str, Any], expected: Mapping[str, Any]) -> Finding:
    values = {name: metadata[name] for name in expected}
    types = [f"{name} as {type(value).__name__}" for name, value in values.items()]
    same_types = list(map(type, values.values())) == list(map(type, expected.values()))
    return Finding(values == expected and same_types, ", ".join(types))


@fact("F4")
def replaced_metadata(account: Account) -> Finding:
    """An update replaces all metadata; without any, it is an empty object, and not an array."""
    account.scene(_numbers)
    path = f"customers/{account.scene(scenes.plain)['id']}"
    metadata = account.send("PATCH", path, {"metadata": {}}).record["metadata"]
    return Finding(metadata == {}, f"{type(metadata).__name__} of {len(metadata)}")

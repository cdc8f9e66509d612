"""Records of any JSON can be read, displayed, compared, copied and saved."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from fuzzing import NAMES, TEXT, Wire, fuzz, http_response, json_objects, json_texts
from hypothesis import assume
from hypothesis import strategies as st

import invoiced

RECORDS: list[type[invoiced.Object]] = [
    invoiced.Customer,
    invoiced.Contact,
    invoiced.Email,
    invoiced.Card,
    invoiced.Balance,
]


def _read(text: str) -> dict[str, Any]:
    try:
        values: dict[str, Any] = json.loads(text)
    except ValueError:  # a number with too many digits for Python: the client raises an error
        assume(False)
        raise
    return values


values = json_objects(json_texts).map(_read)
classes = st.sampled_from(RECORDS)


def same(left: Any, right: Any) -> bool:
    """Return whether the values and their types are equal, including NaN."""
    return json.dumps(left) == json.dumps(right)


@fuzz(200, record_class=classes, values=values, others=st.lists(st.one_of(st.sampled_from(NAMES), TEXT)))
def test_every_field_is_an_item_and_most_are_attributes(
    record_class: type[invoiced.Object], values: dict[str, Any], others: list[str]
) -> None:
    before = json.dumps(values)
    record: Any = record_class._from_response(None, values)
    assert (list(record), list(record.keys()), len(record)) == ([*values], [*values], len(values))
    for name in values:
        assert name in record
        assert same(_plain(record[name]), values[name])
        assert record.get(name) is record[name]
        if not name.startswith("_") and not hasattr(record_class, name):
            assert getattr(record, name) is record[name]
    for name in {*others} - {*values}:
        assert name not in record
        assert record.get(name, others) is others
        with pytest.raises(KeyError):
            record[name]
        if not hasattr(record_class, name) and not name.startswith("_"):
            with pytest.raises(AttributeError):
                getattr(record, name)
    assert {*values} <= {*dir(record)}
    assert same(record.to_dict(), json.loads(before))
    assert json.dumps(values) == before


def _plain(value: Any) -> Any:
    if isinstance(value, invoiced.Object):
        return value.to_dict()
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


@fuzz(200, record_class=classes, values=values, touched=st.booleans())
def test_every_record_can_be_displayed_compared_and_copied(
    record_class: type[invoiced.Object], values: dict[str, Any], touched: bool
) -> None:
    record = record_class._from_response(None, values)
    if touched:
        for name in values:
            record[name]
    assert json.loads(str(record)) is not None
    assert repr(record).endswith(str(record))
    assert record == record_class._from_response(None, values)
    assert record == values
    assert record != {**values, "another field": 1}
    assert hash(record) == hash(record_class._from_response(None, values))
    duplicates: list[Callable[[Any], Any]] = [
        copy.copy,
        copy.deepcopy,
        lambda record: pickle.loads(pickle.dumps(record)),
    ]
    for duplicate in duplicates:
        again = duplicate(record)
        assert type(again) is record_class
        assert same(again.to_dict(), values)
        assert again != record or hash(again) == hash(record)
        again["another field"] = 1
        assert same(record.to_dict(), values)


ids = st.one_of(st.integers(1), st.from_regex("[a-z0-9]{1,9}", fullmatch=True))


@fuzz(150, id=ids, values=values, copied=st.booleans())
def test_saving_an_unedited_record_sends_nothing(id: int | str, values: dict[str, Any], copied: bool) -> None:
    wire = Wire()
    record = invoiced.Customer._from_response(wire.client(), {**values, "id": id})
    for name in record:
        record[name]
    record = copy.copy(record) if copied else record
    assert not record.save()
    assert not wire.sent


@fuzz(
    150, id=ids, values=values, name=st.one_of(st.sampled_from(NAMES), TEXT), edit=st.one_of(st.integers(), st.text())
)
def test_only_the_edited_field_is_sent(id: int | str, values: dict[str, Any], name: str, edit: int | str) -> None:
    assume(name != "id" and name.encode("utf-8", "ignore").decode() == name)
    assume(name not in values or not same(values[name], edit))
    wire = Wire(http_response(200, [], b'{"saved": true}'))
    record = invoiced.Customer._from_response(wire.client(), {**values, "id": id})
    record[name] = edit
    assert record.save()
    assert json.loads(wire.body) == {name: edit}
    assert record.to_dict() == {"id": id, "saved": True}
    assert not record.save()

"""find() compares the record with the filter, because an API may ignore a filter."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from calls.recorder import Recorder
from hypothesis import given
from hypothesis import strategies as st

import invoiced
from invoiced.filters import matches

FITTING: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"number": "CUST-1"}, {"number": "cust-1"}),
    ({"name": "Café"}, {"name": "cafe"}),
    ({"autopay": True}, {"autopay": True}),
    ({"autopay": "1"}, {"autopay": True}),
    ({"owner": {"id": 5}}, {"owner": 5}),
    ({"owner": "5"}, {"owner": 5}),
    ({}, {"number": "CUST-1"}),
    ({"credit_limit": 10}, {"credit_limit": Decimal("10.00")}),
    ({"created_at": 1793534400}, {"created_at": date(2026, 11, 1)}),
    ({"created_at": 1793534400}, {"created_at": "2026-11-01"}),
    ({"created_at": 1793534400}, {"created_at": datetime(2026, 11, 1, 12, tzinfo=timezone.utc)}),
    ({"created_at": 1793534400}, {"created_at": 1793534400}),
    ({"metadata": {"branch": "5"}}, {"metadata.branch": 5}),
    ({"metadata": {"branch": "North"}}, {"metadata": {"branch": "north"}}),
    ({"customer": 5}, {"customer_id": 5}),
    ({"customer": {"id": 5}}, {"customer_id": "5"}),
]
OTHER: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"number": "CUST-2"}, {"number": "CUST-1"}),
    ({"number": None}, {"number": "CUST-1"}),
    ({"autopay": False}, {"autopay": True}),
    ({"owner": {"id": 6}}, {"owner": 5}),
    ({"credit_limit": 10.5}, {"credit_limit": 10}),
    ({"created_at": 1793534400}, {"created_at": date(2026, 12, 1)}),
    ({"created_at": 1793534400}, {"created_at": "2026-10-01"}),
    ({"created_at": 1793534400}, {"created_at": datetime(2026, 11, 1, tzinfo=timezone.utc)}),
    ({"created_at": 1793534400}, {"created_at": 1793534401}),
    ({"metadata": {"branch": "6"}}, {"metadata.branch": 5}),
    ({"metadata": {}}, {"metadata.branch": 5}),
    ({"metadata": {"branch": "South"}}, {"metadata": {"branch": "north"}}),
    ({"customer": 6}, {"customer_id": 5}),
]


@pytest.mark.parametrize(("record", "filter"), FITTING)
def test_a_record_that_fits_is_returned(
    client: invoiced.Client, recorder: Recorder, record: dict[str, Any], filter: Any
) -> None:
    recorder.respond([{"id": 1, **record}])
    assert client.Customer.find(**filter).id == 1


@pytest.mark.parametrize(("record", "filter"), OTHER)
def test_a_record_with_other_values_is_an_error(
    client: invoiced.Client, recorder: Recorder, record: dict[str, Any], filter: Any
) -> None:
    recorder.respond([{"id": 1, **record}])
    with pytest.raises(invoiced.ApiError, match=f"got other values: the API ignored {next(iter(filter))}"):
        client.Customer.find(**filter)


def test_several_records_with_other_values_are_an_error_that_names_the_ignored_field(
    client: invoiced.Client, recorder: Recorder
) -> None:
    recorder.respond([{"id": 1, "name": "Acme", "country": "US"}, {"id": 2, "name": "Beta", "country": "US"}])
    with pytest.raises(invoiced.ApiError, match=r"the API ignored name\."):
        client.Customer.find(name="Acme", country="us")


def test_a_nested_list_is_compared_as_well(client: invoiced.Client, recorder: Recorder) -> None:
    recorder.respond([{"id": 10403, "name": "Nancy"}])
    with pytest.raises(invoiced.ApiError, match="with name='Robert Boyd', got other values"):
        invoiced.Customer(client, 15444).contacts().find(name="Robert Boyd")


@given(st.one_of(st.text(), st.integers(), st.booleans(), st.decimals(allow_nan=False, allow_infinity=False)))
def test_each_value_fits_itself_and_its_text(value: Any) -> None:
    assert matches(value, value)
    if not isinstance(value, bool):
        assert matches(str(value), value)


@given(st.integers(), st.integers())
def test_different_numbers_do_not_fit(first: int, second: int) -> None:
    assert matches(first, second) == (first == second)


SCALARS = st.one_of(st.none(), st.text(), st.integers(), st.booleans(), st.floats(), st.sampled_from(["true", "1", ""]))


@given(SCALARS | st.dictionaries(st.text(), SCALARS) | st.lists(SCALARS), SCALARS)
def test_any_response_is_compared_without_an_error(actual: Any, wanted: Any) -> None:
    assert matches(actual, wanted) in {True, False}


@given(st.booleans(), st.booleans())
def test_a_bool_fits_what_the_api_sends_for_it(actual: bool, wanted: bool) -> None:
    for sent in (actual, int(actual), str(int(actual))):
        assert matches(sent, wanted) == (actual == wanted)


@given(st.decimals("-1e9", "1e9", places=2), st.integers(0, 4))
def test_an_amount_fits_with_more_zeros(amount: Decimal, zeros: int) -> None:
    longer = f"{amount}{'0' * zeros}"
    assert matches(longer, amount)
    assert not matches(longer, amount + Decimal("0.01"))

"""Tests of invoice imports, against the emulator over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

import invoiced
from invoiced.emulator import Emulator
from invoiced.imports import InvoiceImport, lost_responses
from invoiced.runs import PlanError, Result
from invoiced.tables import read_table

CREATE = "POST /invoices"
NOVEMBER = int(datetime.fromisoformat("2026-11-30T00:00:00+00:00").timestamp())


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(idempotency=False) as emulator:
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[invoiced.Client]:
    with invoiced.Client("any key", base_url=emulator.url, parse_float=Decimal) as client:
        client.Customer.create(name="Acme", currency="eur")
        client.Customer.create(name="Other")
        emulator.requests.clear()
        yield client


@pytest.fixture(autouse=True)
def lost_requests_end_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lost_responses, "LONGEST_REQUEST", 0)


def importer(client: invoiced.Client, **options: Any) -> InvoiceImport:
    return InvoiceImport(client.with_options(rate=10_000), **options)


def load(client: invoiced.Client, rows: Any, *, strict: bool = False, **options: Any) -> dict[int, Result]:
    run = importer(client, **options)
    return {result.row: result for result in run.send(run.plan(rows), strict=strict)}


def outcomes(results: dict[int, Result]) -> dict[int, str]:
    return {number: result.outcome for number, result in results.items()}


def reasons(results: dict[int, Result]) -> dict[int, str]:
    return {number: result.reason for number, result in results.items() if result.reason}


def invoices(client: invoiced.Client) -> dict[str, invoiced.Invoice]:
    found = [*client.Invoice.all(sort="id asc")]
    by_reference = {invoice.metadata["reference"]: invoice for invoice in found}
    assert len(by_reference) == len(found)
    return by_reference


def row(reference: str, customer: int = 1, **cells: Any) -> dict[str, Any]:
    return {"reference": reference, "customer_id": customer, "name": "Paper", "unit_cost": "45.10", **cells}


def test_the_rows_of_a_reference_create_one_invoice(client: invoiced.Client, emulator: Emulator) -> None:
    rows = [
        row("A-1", quantity="2", date="2026-11-30", payment_terms="NET 30", draft="yes", pdf_attachment="7"),
        row("A-1", name="Delivery", unit_cost=10, description="Express", draft="", customer_id=""),
        {"reference": "A-2", "customer_number": "CUST-00002", "unit_cost": 0.1 + 0.2, "currency": "USD"},
    ]
    run = importer(client, concurrency=1)
    plan = run.plan(rows)
    assert run.totals(plan) == {"eur": Decimal("100.20"), "usd": Decimal("0.3")}
    results = {result.row: result for result in run.send(plan)}
    assert outcomes(results) == {1: "created", 3: "created"}
    assert results[1].details == {"invoice": 3, "number": "INV-00001"}
    bodies = {request.body["metadata"]["reference"]: request.body for request in emulator.requests.to(CREATE)}
    assert bodies == {
        "A-1": {
            "customer": 1,
            "date": NOVEMBER,
            "payment_terms": "NET 30",
            "draft": True,
            "pdf_attachment": 7,
            "metadata": {"reference": "A-1"},
            "items": [
                {"name": "Paper", "quantity": 2, "unit_cost": Decimal("45.10")},
                {"name": "Delivery", "description": "Express", "unit_cost": 10},
            ],
        },
        "A-2": {
            "customer": 2,
            "currency": "USD",
            "metadata": {"reference": "A-2"},
            "items": [{"unit_cost": Decimal("0.3")}],
        },
    }
    assert {reference: invoice.total for reference, invoice in invoices(client).items()} == {
        "A-1": Decimal("100.2"),
        "A-2": Decimal("0.3"),
    }


@pytest.mark.parametrize("amount", ["0.1", "1234567890.123456789", "-3", "45.10"])
def test_amounts_are_sent_exactly_as_written(
    client: invoiced.Client, emulator: Emulator, amount: str, tmp_path: Path
) -> None:
    (tmp_path / "rows.csv").write_text(f"Reference,Customer ID,Quantity,Unit Cost\nA,1,1,{amount}\nA,1,1,5\n")
    load(client, read_table(tmp_path / "rows.csv"))
    assert str(emulator.requests[-1].body["items"][0]["unit_cost"]) == amount


def test_workbooks_have_dates_and_numbers(client: invoiced.Client, emulator: Emulator, tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.append(["Reference", "Customer Number", "Date", "Due date", "Quantity", "Unit cost"])
    sheet.append([1001, "CUST-00001", date(2026, 11, 30), datetime(2026, 12, 30), 2, 45.1])
    sheet["F2"].number_format = "0.00"
    workbook.save(tmp_path / "rows.xlsx")
    assert outcomes(load(client, read_table(tmp_path / "rows.xlsx"))) == {2: "created"}
    (invoice,) = invoices(client).values()
    assert (invoice.metadata, invoice.date, invoice.due_date) == (
        {"reference": "1001"},
        NOVEMBER,
        NOVEMBER + 30 * 86400,
    )
    assert invoice.total == Decimal("90.2")


MONEY = '_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-;_-* "-"??\\ "€"_-;_-@_-'


@pytest.mark.parametrize(
    ("cells", "formats", "sent"),
    [
        ((2, 1234.5), ("0", MONEY), ("2", "1234.5")),
        ((0.1 + 0.2, -0.1), ("0.0", MONEY), ("0.3", "-0.1")),
        ((2, 0), ('0" pcs"', MONEY), ("2", "0")),
        ((1.5, 12.3456), ("#,##0.00", "#,##0.0000"), ("1.5", "12.3456")),
        (("1.234,5", "(1,234.50)"), ("General", "General"), ("1234.5", "-1234.50")),
        ((1, 12.3456), ("0", MONEY), "unit_cost: 12.3456 is shown as 12.35 €: round it, or change the number format"),
        ((0, 5), ("0;-0;;@", MONEY), "quantity: 0 is shown as nothing: round it, or change the number format"),
        ((1, 0.19), ("0", "0%"), "unit_cost: 19% is a percentage (expected e.g. 1234.50)"),
        ((1, date(2026, 11, 30)), ("0", "yyyy"), "unit_cost: invalid amount '2026-11-30' (expected e.g. 1234.50)"),
        ((1, True), ("0", "General"), "unit_cost: invalid amount 'TRUE' (expected e.g. 1234.50)"),
        ((1, "=1/3"), ("0", MONEY), "unit_cost: a formula without a value: open the workbook and save it"),
    ],
)
def test_amounts_of_a_workbook_are_the_stored_numbers_if_they_are_shown(
    client: invoiced.Client,
    emulator: Emulator,
    tmp_path: Path,
    cells: tuple[Any, Any],
    formats: tuple[str, str],
    sent: tuple[str, str] | str,
) -> None:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.append(["Reference", "Customer Number", "Quantity", "Unit cost"])
    sheet.append(["A-1", "CUST-00001", *cells])
    sheet["C2"].number_format, sheet["D2"].number_format = formats
    workbook.save(tmp_path / "rows.xlsx")
    run = importer(client)
    plan = run.plan(read_table(tmp_path / "rows.xlsx"))
    if isinstance(sent, str):
        assert [row.problem for row in plan if row.problem] == [sent]
        return
    list(run.send(plan))
    (item,) = emulator.requests[-1].body["items"]
    assert (str(item["quantity"]), str(item["unit_cost"])) == sent


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"unit_cost": "€5.00"}, ""),
        ({"unit_cost": "5.00 EUR", "currency": "EUR"}, ""),
        ({"unit_cost": "$5.00", "currency": "cad"}, ""),
        ({"unit_cost": "kr 5.00"}, "unit_cost: invalid amount 'kr 5.00' (expected e.g. 1234.50)"),
        ({"unit_cost": "$5.00"}, "unit_cost is in $, but the invoice would be in eur"),
        ({"unit_cost": "€5.00", "currency": "usd"}, "unit_cost is in €, but the invoice would be in usd"),
        ({"unit_cost": "5", "tax": "CHF 1"}, "tax is in CHF, but the invoice would be in eur"),
        ({"unit_cost": "$5.00", "customer_id": 2}, ""),
    ],
)
def test_a_currency_beside_an_amount_must_be_that_of_the_invoice(
    client: invoiced.Client, cells: dict[str, Any], problem: str
) -> None:
    plan = importer(client).plan([row("A-1", **cells)])
    assert [row.problem for row in plan if row.problem] == ([problem] if problem else [])
    assert plan.counts == {"invalid" if problem else "to do": 1}


def test_an_invoice_that_exists_is_not_refused_for_the_currency_that_is_shown(client: invoiced.Client) -> None:
    load(client, [row("A-1", unit_cost="5.00")])
    assert importer(client).plan([row("A-1", unit_cost="$5.00")]).counts == {"created": 1}


def test_a_reference_creates_one_invoice_whatever_the_source(client: invoiced.Client, tmp_path: Path) -> None:
    assert outcomes(load(client, [row("A-1")])) == {1: "created"}
    (tmp_path / "later.csv").write_text("reference,customer_id,name,unit_cost\nA-2,2,x,1\nA-1,1,Paper,45.1\n")
    run = importer(client)
    plan = run.plan(read_table(tmp_path / "later.csv"))
    assert plan.counts == {"created": 1, "to do": 1}
    assert [result.outcome for result in run.send(plan)] == ["created"]
    assert [*invoices(client)] == ["A-1", "A-2"]
    assert run.status().counts == {"created": 2}


def test_a_reference_that_another_invoice_has_is_held(client: invoiced.Client) -> None:
    load(client, [row("A-1", date="2026-11-30"), row("A-2"), row("A-3")])
    rows = [row("A-1", date="2026-12-31", unit_cost="46"), row("A-2", customer=2), row("A-3", unit_cost="45.10")]
    numbers = [invoice.number for _, invoice in sorted(invoices(client).items())]
    assert reasons(load(client, rows)) == {
        1: f"its reference has the invoice {numbers[0]}, which differs in date, items",
        2: f"its reference has the invoice {numbers[1]}, which differs in customer",
    }
    assert len(invoices(client)) == 3


@pytest.mark.parametrize("committed", [True, False])
def test_a_lost_response_is_settled_by_looking(client: invoiced.Client, emulator: Emulator, committed: bool) -> None:
    emulator.fail(CREATE, connection="reset", committed=committed)
    assert outcomes(load(client, [row("A-1")])) == {1: "unknown"}
    plan = importer(client).plan([row("A-1")])
    assert plan.counts == {"created" if committed else "to do": 1}
    results = load(client, [row("A-1")])
    assert outcomes(results) == {1: "created"}
    assert results[1].details == {"invoice": 3, "number": "INV-00001"}
    assert len(invoices(client)) == 1
    assert importer(client).status().counts == {"created": 1}
    assert [event.state for event in importer(client).history(1)] == ["unknown", "created"]
    assert outcomes(load(client, [row("A-1")])) == {}


def test_a_row_that_was_changed_after_its_response_was_lost_is_held(
    client: invoiced.Client, emulator: Emulator
) -> None:
    emulator.fail(CREATE, connection="reset", committed=True)
    load(client, [row("A-1")])
    with pytest.raises(PlanError, match="INV-00001, which differs in items"):
        load(client, [row("A-1", unit_cost=46)])
    assert len(invoices(client)) == 1


def test_a_server_error_is_settled_by_looking(client: invoiced.Client, emulator: Emulator) -> None:
    emulator.fail(CREATE, status=504)
    emulator.fail(CREATE, status=201, body={"ok": True})
    rows = [row("A-1"), row("A-2"), row("A-3")]
    assert sorted(outcomes(load(client, rows, concurrency=1)).values()) == ["created", "unknown", "unknown"]
    assert sorted(outcomes(load(client, rows)).values()) == ["created", "created"]
    assert len(invoices(client)) == 3


def test_invoices_are_not_created_again_if_the_ledger_is_lost(client: invoiced.Client, tmp_path: Path) -> None:
    rows = [row(f"A-{number}") for number in range(5)]
    load(client, rows, ledger=tmp_path / "a.sqlite")
    created = invoices(client)["A-4"]
    found = load(client, rows, ledger=tmp_path / "b.sqlite")
    assert {*outcomes(found).values()} == {"created"}
    assert found[5].details == {"invoice": created.id, "number": created.number}
    assert len(invoices(client)) == 5
    other = row("A-1", customer=2)
    with pytest.raises(PlanError, match="which differs in customer"):
        load(client, [other], ledger=tmp_path / "c.sqlite")


def test_references_are_looked_up_with_few_requests(client: invoiced.Client, emulator: Emulator) -> None:
    load(client, [row("A-1")])
    run = importer(client)
    emulator.requests.clear()
    run.plan([row(f"A-{number}") for number in range(1, 40)])
    assert [request.path for request in emulator.requests].count("/invoices") == 2
    emulator.requests.clear()
    run.plan([row("A-1"), row("A-2")])
    assert [request.query for request in emulator.requests if request.path == "/invoices"] == [
        {"per_page": "100", "metadata[reference]": "A-2"}
    ]


def test_rows_of_a_reference_that_are_apart_are_refused(client: invoiced.Client) -> None:
    rows = [row("A-1"), row("A-2"), row("A-1", name="Delivery"), row("A-3"), row("A-1")]
    results = load(client, rows)
    assert outcomes(results) == {1: "invalid", 2: "created", 3: "duplicate", 4: "created", 5: "duplicate"}
    assert reasons(results) == {
        1: "row 3 has the same reference: the rows of an invoice must follow each other",
        3: "duplicate of row 1: the rows of an invoice must follow each other",
        5: "duplicate of row 1: the rows of an invoice must follow each other",
    }
    assert sorted(invoices(client)) == ["A-2", "A-3"]


def test_all_rows_are_checked_before_the_first_invoice_is_created(client: invoiced.Client, emulator: Emulator) -> None:
    rows = [
        row(""),
        row("x" * 256),
        row("a\nb"),
        row("A-1", customer=9),
        row("A-2", unit_cost=""),
        row("A-3", quantity="two"),
        row("A-4", unit_cost="1,234"),
        row("A-5", date="30.11.2026"),
        row("A-6", date=datetime(2026, 11, 30, 12)),
        row("A-7", draft="perhaps"),
        row("A-8", customer_id=""),
        row("A-9"),
        row("A-9", customer=2),
        row("B-1", currency="usd"),
        row("B-1", currency="eur"),
        row("B-2"),
        row("B-2", unit_cost="x"),
        row("B-3", unit_cost=float("1e300")),
        "B-4",
        row("B-5"),
    ]
    results = load(client, rows)
    assert reasons(results) == {
        1: "no reference (required, so that the invoice is created once)",
        2: f"invalid reference '{'x' * 40}' (expected one line of at most 255 bytes)",
        3: "invalid reference 'a\\nb' (expected one line of at most 255 bytes)",
        4: "no customer has the ID 9",
        5: "no unit_cost",
        6: "quantity: invalid amount 'two' (expected e.g. 1234.50)",
        7: "unit_cost: ambiguous amount '1,234': write 1234, or 1.2340",
        8: "invalid date '30.11.2026' (expected a date, e.g. 2026-11-30)",
        9: "invalid date '2026-11-30 12:00:00' (expected a date, e.g. 2026-11-30)",
        10: "invalid draft 'perhaps' (expected yes or no)",
        11: "no customer_number or customer_id",
        12: "row 13: customer is not as in row 12",
        14: "row 15: currency is not as in row 14",
        16: "row 17: unit_cost: invalid amount 'x' (expected e.g. 1234.50)",
        18: "unit_cost: a number of more than 15 digits (1e+300), which is not exact: format the column as text",
        19: "expected a row with columns, got str",
    }
    assert outcomes(results)[20] == "created"
    assert len(emulator.requests.to(CREATE)) == 1
    counts = importer(client).status().counts
    assert counts == {"created": 1, "invalid": 16}
    with pytest.raises(PlanError, match="16 of 17"):
        load(client, rows, strict=True)


def test_a_name_beside_the_number_is_that_of_the_customer(client: invoiced.Client) -> None:
    rows = [
        {"reference": "A-1", "customer_number": "CUST-00001", "customer_name": "Other", "unit_cost": 1},
        {"reference": "A-2", "customer_number": "CUST-00001", "customer_name": "ACME", "unit_cost": 1},
    ]
    run = importer(client)
    plan = run.plan(rows)
    assert plan.counts == {"held": 1, "to do": 1}
    assert "the name Other beside it is not the customer's (Acme)" in next(plan.problems)
    assert run.plan(rows, trust_numbers=True).counts == {"to do": 2}


def test_a_number_that_is_taken_is_a_failure_with_the_words_of_the_api(client: invoiced.Client) -> None:
    client.Invoice.create(customer=1, number="INV-7", metadata={"reference": "mine"})
    results = load(client, [row("A-1", number="INV-7"), row("A-2", number="INV-8")])
    assert outcomes(results) == {1: "failed", 2: "created"}
    assert "number" in results[1].reason
    assert outcomes(load(client, [row("A-1", number="INV-9"), row("A-2", number="INV-8")])) == {1: "created"}
    assert {reference: invoice.number for reference, invoice in invoices(client).items()} == {
        "mine": "INV-7",
        "A-1": "INV-9",
        "A-2": "INV-8",
    }


def test_what_failed_and_is_not_in_the_next_sheet_is_named(client: invoiced.Client, emulator: Emulator) -> None:
    emulator.fail(CREATE, status=400)
    load(client, [row("A-1")])
    plan = importer(client).plan([row("B-1")])
    assert [*plan.withdrawals] == ["CUST-00001 Acme (failed)"]


def test_two_sessions_with_the_same_references_create_each_once(client: invoiced.Client) -> None:
    rows = [row(f"A-{number}") for number in range(10)]
    first, second = importer(client), importer(client)
    plans = first.plan(rows), second.plan(rows)
    results = zip(first.send(plans[0]), second.send(plans[1]), strict=True)
    assert {result.outcome for pair in results for result in pair} <= {"created", "in flight"}
    assert len(invoices(client)) == 10

"""Invoices, credit notes, payments and credits against a second, simple bookkeeping, with random calls.

The second bookkeeping knows nothing but what was accepted: documents with a total, and payments with applications. It
works out each figure anew from them, in whole cents.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
import requests
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from invoiced.emulator import Emulator

START, DAY = 1_700_000_000, 24 * 60 * 60
CENTS = st.integers(min_value=1, max_value=400).map(lambda number: number * 25)
DAYS = st.integers(min_value=-3, max_value=3)
INDEX = st.integers(min_value=0, max_value=50)
BASE = "http://emulator.invalid"


class Application(NamedTuple):
    """A part of a payment."""

    kind: str
    invoice: int | None
    note: int | None
    cents: int
    order: int
    """Of several changes of the credit at the same time, the one with the lower number is the earlier one."""


@dataclass
class Payment:
    """A payment as the second bookkeeping knows it."""

    amount: int
    date: int
    is_voided: bool = False
    applied: list[Application] = field(default_factory=list)


class Books:
    """The second bookkeeping."""

    def __init__(self) -> None:
        self.invoices: dict[int, int] = {}
        self.notes: dict[int, int] = {}
        self.payments: dict[int, Payment] = {}
        self.adjustments: dict[int, tuple[int, int, int]] = {}
        self.voided: set[int] = set()

    def applied(self) -> list[Application]:
        return list(itertools.chain.from_iterable(each.applied for each in self.payments.values()))

    def owed(self, invoice: int) -> int:
        if invoice in self.voided:
            return 0
        return self.invoices[invoice] - sum(each.cents for each in self.applied() if each.invoice == invoice)

    def rest(self, note: int) -> int:
        return self.notes[note] - sum(each.cents for each in self.applied() if each.note == note)

    def credits(self) -> list[tuple[int, int, int]]:
        """Return the date, the order and the cents of each change of the credit balance, the oldest first."""
        changes = [*self.adjustments.values()]
        for payment in self.payments.values():
            for each in payment.applied:
                if each.kind == "credit" or (each.kind == "credit_note" and each.invoice is None):
                    changes.append((payment.date, each.order, each.cents))
                elif each.kind == "applied_credit":
                    changes.append((payment.date, each.order, -each.cents))
        return sorted(changes)

    def credit(self, until: int) -> int:
        return sum(cents for date, _, cents in self.credits() if date <= until)

    def is_sound(self) -> bool:
        """Return whether there was always enough credit."""
        return all(credit >= 0 for credit in itertools.accumulate(cents for _, _, cents in self.credits()))


class Bookkeeping(RuleBasedStateMachine):
    """Random calls, of which the emulator refuses some."""

    def __init__(self) -> None:
        super().__init__()
        self.emulator = Emulator(clock=lambda: START)
        self.api = requests.Session()
        self.api.auth = ("key", "")
        self.api.mount(BASE, self.emulator.adapter())
        self.books = Books()
        self.customer = self.call("POST", "/customers", {"name": "Acme"}).json()["id"]
        self.order = itertools.count()

    def teardown(self) -> None:
        self.api.close()

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        return self.api.request(method, BASE + path, json=body)

    def state(self) -> list[Any]:
        """Return all that a refused call must not change."""
        paths = ("invoices", "credit_notes", "payments?include=applied_to", "credit_balance_adjustments", "events")
        return [self.call("GET", f"/{path}").json() for path in paths]

    def attempt(self, method: str, path: str, body: Any = None) -> Any:
        """Return what a call responds with, or None if it is refused: then nothing has changed."""
        before = self.state()
        response = self.call(method, path, body)
        if response.status_code == 400:
            assert self.state() == before
            return None
        assert response.status_code in (200, 201, 204), response.text
        after = self.state()
        if after[:-1] != before[:-1]:
            assert len(after[-1]) > len(before[-1]) or "adjustments" in path
        return response.json() if response.content else {}

    def pick(self, known: dict[int, Any], index: int) -> int:
        return [*known][index % len(known)]

    @rule(cents=CENTS)
    def issue_an_invoice(self, cents: int) -> None:
        body = {"customer": self.customer, "items": [{"unit_cost": cents / 100}]}
        self.books.invoices[self.attempt("POST", "/invoices", body)["id"]] = cents

    @rule(cents=CENTS)
    def issue_a_credit_note(self, cents: int) -> None:
        body = {"customer": self.customer, "items": [{"unit_cost": cents / 100}]}
        self.books.notes[self.attempt("POST", "/credit_notes", body)["id"]] = cents

    @rule(cents=CENTS, sign=st.sampled_from((1, 1, -1)), days=DAYS)
    def adjust_the_credit(self, cents: int, sign: int, days: int) -> None:
        date = START + days * DAY
        body = {"customer": self.customer, "amount": sign * cents / 100, "date": date}
        made = self.attempt("POST", "/credit_balance_adjustments", body)
        self.books.adjustments[made["id"] if made else 0] = (date, next(self.order), sign * cents)
        assert self.books.is_sound() is (made is not None)
        self.books.adjustments.pop(0, None)

    @precondition(lambda self: self.books.adjustments)
    @rule(index=INDEX)
    def remove_an_adjustment(self, index: int) -> None:
        number = self.pick(self.books.adjustments, index)
        removed = self.books.adjustments.pop(number)
        is_sound = self.books.is_sound()
        done = self.attempt("DELETE", f"/credit_balance_adjustments/{number}")
        assert is_sound is (done is not None)
        if done is None:
            self.books.adjustments[number] = removed

    def applications(self, parts: list[tuple[str, int, int, int]]) -> list[dict[str, Any]]:
        """Return applications of the types, indexes of documents and cents that were drawn."""
        sent: dict[tuple[Any, ...], dict[str, Any]] = {}
        for kind, invoice, note, cents in parts:
            part: dict[str, Any] = {"type": kind.partition(" ")[0], "amount": cents / 100}
            if kind in ("invoice", "applied_credit", "credit_note invoice"):
                if not self.books.invoices:
                    continue
                part["invoice"] = self.pick(self.books.invoices, invoice)
            if "invoice" in part and kind != "invoice":
                part["document_type"] = "invoice"
            if kind.startswith("credit_note"):
                if not self.books.notes:
                    continue
                part["credit_note"] = self.pick(self.books.notes, note)
            sent[kind, part.get("invoice"), part.get("credit_note")] = part
        return [*sent.values()]

    PARTS = st.lists(
        st.tuples(
            st.sampled_from(("invoice", "invoice", "credit", "applied_credit", "credit_note", "credit_note invoice")),
            *(INDEX, INDEX, CENTS),
        ),
        max_size=3,
    )

    def is_possible(self, payment: Payment, others: dict[int, Payment]) -> bool:
        """Return whether the emulator has to accept a payment instead of the one before."""
        cash = sum(each.cents for each in payment.applied if each.kind in ("invoice", "credit"))
        documents = [each.invoice for each in payment.applied if each.invoice is not None]
        before, self.books.payments = self.books.payments, {**others, 0: payment}
        is_sound = self.books.is_sound()
        self.books.payments = before
        return cash <= payment.amount and is_sound and not self.books.voided.intersection(documents)

    def recorded(self, amount: int, date: int, sent: list[dict[str, Any]], former: Payment | None = None) -> Payment:
        """Return a payment as it is recorded; what it is still applied to keeps its place in the order."""
        orders = {each[:3]: each.order for each in (former.applied if former else ())}
        applied = []
        for each in sent:
            identity = (each["type"], each.get("invoice"), each.get("credit_note"))
            order = orders[identity] if identity in orders else next(self.order)
            applied.append(Application(*identity, round(each["amount"] * 100), order))
        return Payment(amount, date, applied=applied)

    @rule(cents=CENTS, days=DAYS, parts=PARTS)
    def pay(self, cents: int, days: int, parts: list[tuple[str, int, int, int]]) -> None:
        sent, date = self.applications(parts), START + days * DAY
        payment = self.recorded(cents, date, sent)
        body = {"customer": self.customer, "amount": cents / 100, "date": date, "applied_to": sent}
        made = self.attempt("POST", "/payments", body)
        assert self.is_possible(payment, self.books.payments) is (made is not None), (body, made)
        if made is not None:
            self.books.payments[made["id"]] = payment

    @precondition(lambda self: self.books.payments)
    @rule(index=INDEX, cents=CENTS, parts=PARTS)
    def change_a_payment(self, index: int, cents: int, parts: list[tuple[str, int, int, int]]) -> None:
        number = self.pick(self.books.payments, index)
        former, sent = self.books.payments[number], self.applications(parts)
        payment = self.recorded(cents, former.date, sent, former)
        changed = self.attempt("PATCH", f"/payments/{number}", {"amount": cents / 100, "applied_to": sent})
        others = {other: each for other, each in self.books.payments.items() if other != number}
        is_possible = self.is_possible(payment, others) and not former.is_voided
        assert is_possible is (changed is not None)
        if changed is not None:
            self.books.payments[number] = payment

    @precondition(lambda self: self.books.payments)
    @rule(index=INDEX)
    def void_a_payment(self, index: int) -> None:
        number = self.pick(self.books.payments, index)
        former = self.books.payments[number]
        voided = Payment(former.amount, former.date, is_voided=True)
        others = {other: each for other, each in self.books.payments.items() if other != number}
        done = self.attempt("DELETE", f"/payments/{number}")
        assert (self.is_possible(voided, others) and not former.is_voided) is (done is not None)
        if done is not None:
            self.books.payments[number] = voided

    @precondition(lambda self: self.books.invoices)
    @rule(index=INDEX)
    def void_an_invoice(self, index: int) -> None:
        number = self.pick(self.books.invoices, index)
        is_applied = any(each.invoice == number for each in self.books.applied())
        done = self.attempt("POST", f"/invoices/{number}/void")
        assert (not is_applied and number not in self.books.voided) is (done is not None)
        if done is not None:
            self.books.voided.add(number)

    @invariant()
    def the_books_agree(self) -> None:
        """Check all figures of both bookkeepings."""
        invoices = self.call("GET", "/invoices").json()
        assert {each["id"]: round(each["balance"] * 100) for each in invoices} == {
            number: self.books.owed(number) for number in self.books.invoices
        }
        for each in invoices:
            is_paid = each["id"] not in self.books.voided and self.books.owed(each["id"]) <= 0
            assert (each["paid"], each["closed"], each["status"] == "paid") == (is_paid,) * 3
        notes = self.call("GET", "/credit_notes").json()
        assert {each["id"]: round(each["balance"] * 100) for each in notes} == {
            number: self.books.rest(number) for number in self.books.notes
        }
        for each in self.call("GET", "/payments").json():
            payment = self.books.payments[each["id"]]
            cash = sum(each.cents for each in payment.applied if each.kind in ("invoice", "credit"))
            assert (round(each["balance"] * 100), each["voided"]) == (payment.amount - cash, payment.is_voided)
        balance = self.call("GET", f"/customers/{self.customer}/balance").json()
        open_invoices = [self.books.owed(number) for number in self.books.invoices]
        open_notes = [self.books.rest(number) for number in self.books.notes]
        assert round(balance["total_outstanding"] * 100) == sum(cents for cents in open_invoices if cents > 0)
        assert round(balance["open_credit_notes"] * 100) == sum(cents for cents in open_notes if cents > 0)
        assert round(balance["available_credits"] * 100) == self.books.credit(START)
        assert all(entry["balance"] >= 0 for entry in balance["history"])

    @invariant()
    def the_events_explain_every_document(self) -> None:
        """Check that what the last event says about a document is what it is."""
        events = [*reversed(self.call("GET", "/events").json())]
        last = {
            (each["data"]["object"]["object"], each["data"]["object"]["id"]): each["data"]["object"]["balance"]
            for each in events
            if each["data"]["object"].get("object") in ("invoice", "credit_note", "payment")
        }
        for kind in ("invoice", "credit_note", "payment"):
            for each in self.call("GET", f"/{kind}s").json() if len(events) < 100 else ():
                assert last[kind, each["id"]] == each["balance"]


def _run(examples: int, steps: int) -> None:
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    profile = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None, suppress_health_check=checks
    )
    run_state_machine_as_test(Bookkeeping, settings=profile)


def test_two_bookkeepings_agree() -> None:
    _run(examples=18, steps=12)


@pytest.mark.long
def test_two_bookkeepings_agree_for_long() -> None:
    _run(examples=500, steps=40)

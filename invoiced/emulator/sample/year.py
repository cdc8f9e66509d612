"""A year of the sample company: what happens on which day, as calls of the API in the order of time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from itertools import count
from random import Random
from typing import Any

from invoiced.emulator.sample.people import ITEMS, MARKETS, PLANS, Market, new_customer, new_lines
from invoiced.emulator.values.money import exact, rounded
from invoiced.emulator.values.times import DAY, midnight

Send = Callable[[str, str, Mapping[str, Any] | None], Any]
"""Function that calls the API: it takes the method, the path and the body, and returns the body of the response."""

_DAYS = 365
_METHODS = ("check", "wire_transfer", "credit_card", "ach")


class Year:
    """The year before `end`, in Unix seconds, with its customers. The same `seed` makes the same year."""

    def __init__(self, send: Send, set_time: Callable[[int], None], *, end: int, customers: int, seed: int) -> None:
        self._send = send
        self._set_time = set_time
        self._end = end
        self._customers = customers
        self._random = Random(seed)
        self._order = count()
        self._plans: list[tuple[int, int, Callable[[int], None]]] = []
        """What is going to happen: the time, a number that keeps the order, and the function."""

    def run(self) -> None:
        """Let the year pass."""
        start = self._end - _DAYS * DAY
        self._plan(start, self._open)
        for number in range(1, self._customers + 1):
            # Most customers are there from the first weeks on, some come later.
            day = self._random.choice((self._random.randint(0, 30), self._random.randint(0, 300)))
            self._plan(start + day * DAY + self._office_hour(), partial(self._customer_comes, number))
        while self._plans:
            moment, _, happens = heapq.heappop(self._plans)
            self._set_time(moment)
            happens(moment)

    def _plan(self, moment: int, happens: Callable[[int], None]) -> None:
        if moment < self._end:
            heapq.heappush(self._plans, (moment, next(self._order), happens))

    def _after(self, moment: int, low: int, high: int, happens: Callable[[int], None]) -> None:
        """Plan something for the office hours of one of the days from `low` to `high` after a time."""
        day = midnight(moment) + self._random.randint(low, high) * DAY
        self._plan(max(moment, day + self._office_hour()), happens)

    def _office_hour(self) -> int:
        return self._random.randint(8 * 60, 18 * 60) * 60

    def _chance(self, percent: int) -> bool:
        return self._random.randrange(100) < percent

    def _open(self, moment: int) -> None:
        for item, (name, price) in ITEMS.items():
            self._send("POST", "/items", {"id": item, "name": name, "unit_cost": price})
        for plan, (name, price) in PLANS.items():
            fields = {"id": plan, "name": name, "amount": price, "interval": "month", "interval_count": 1}
            self._send("POST", "/plans", {**fields, "currency": "usd"})
        for market in MARKETS:
            if market.tax:
                tax = {"id": f"vat-{market.country.lower()}", "name": f"VAT {market.country} {market.tax}%"}
                self._send("POST", "/tax_rates", {**tax, "value": int(market.tax), "is_percent": True})

    def _customer_comes(self, number: int, moment: int) -> None:
        market, fields = new_customer(self._random, number)
        customer = self._send("POST", "/customers", fields)["id"]
        contact = {"name": self._random.choice(market.names), "email": f"office{number}@customer{number}.example"}
        self._send("POST", f"/customers/{customer}/contacts", contact)
        if self._chance(30):
            self._after(moment, 0, 5, partial(self._estimate, customer, market))
        if market.currency == "usd" and self._chance(50):
            self._after(moment, 1, 20, partial(self._subscribe, customer))
        self._after(moment, 1, 25, partial(self._order_again, customer, market, self._random.randint(20, 60)))

    def _estimate(self, customer: int, market: Market, moment: int) -> None:
        estimate = self._send(
            "POST", "/estimates", {**self._document(customer, market), "expiration_date": moment + 30 * DAY}
        )
        path = f"/estimates/{estimate['id']}"
        if self._chance(60):
            self._after(moment, 2, 20, partial(self._approve, path, customer))

    def _approve(self, path: str, customer: int, moment: int) -> None:
        self._send("PATCH", path, {"approved": "AB"})
        self._billed(self._send("POST", f"{path}/invoice", None), moment)

    def _subscribe(self, customer: int, moment: int) -> None:
        plan = self._random.choice(sorted(PLANS))
        self._send("POST", "/subscriptions", {"customer": customer, "plan": plan})
        self._after(moment, 5, 15, partial(self._pay_subscription, customer))

    def _pay_subscription(self, customer: int, moment: int) -> None:
        """Pay what the subscription has billed since, in most months."""
        for invoice in self._send(
            "GET", f"/invoices?filter[customer]={customer}&filter[paid]=0&filter[closed]=0", None
        ):
            if invoice["subscription"] and not invoice["draft"] and self._chance(90):
                self._pay(invoice, Decimal(1), moment)
        self._after(moment, 28, 33, partial(self._pay_subscription, customer))

    def _order_again(self, customer: int, market: Market, pause: int, moment: int) -> None:
        draft = self._chance(3)
        invoice = self._send("POST", "/invoices", {**self._document(customer, market), "draft": draft})
        if not draft:
            self._billed(invoice, moment)
        self._after(moment, pause - 10, pause + 10, partial(self._order_again, customer, market, pause))

    def _document(self, customer: int, market: Market) -> dict[str, Any]:
        taxes = [{"tax_rate": f"vat-{market.country.lower()}"}] if market.tax else []
        document = {"customer": customer, "items": new_lines(self._random, market), "taxes": taxes}
        discount = {"discounts": [{"amount": 5}]} if self._chance(10) else {}
        return {**document, **discount}

    def _billed(self, invoice: Mapping[str, Any], moment: int) -> None:
        """Plan what becomes of a new invoice: most are paid around the time at which they are due."""
        self._send("PATCH", f"/invoices/{invoice['id']}", {"sent": True})
        due = ((invoice["due_date"] or moment) - moment) // DAY
        fate = self._random.randrange(100)
        if fate < 78:
            self._after(moment, max(1, due - 12), due + 12, partial(self._pay, invoice, Decimal(1)))
        elif fate < 84:
            self._after(moment, max(1, due - 5), due + 20, partial(self._pay, invoice, Decimal("0.5")))
        elif fate < 90:
            self._after(moment, 2, 15, partial(self._credit, invoice))
        elif fate < 94:
            self._after(moment, 2, 20, partial(self._dispute, invoice))
        elif fate < 96:
            self._after(moment, 0, 3, partial(self._void, invoice))

    def _pay(self, invoice: Mapping[str, Any], share: Decimal, moment: int) -> None:
        balance = self._current(invoice)["balance"]
        amount = rounded(exact(balance) * share, invoice["currency"])
        if amount > 0:
            payment = {
                "customer": invoice["customer"],
                "currency": invoice["currency"],
                "amount": amount,
                "method": self._random.choice(_METHODS),
                "reference": f"{self._random.randrange(10**6):06}",
                "applied_to": [{"type": "invoice", "invoice": invoice["id"], "amount": amount}],
            }
            self._send("POST", "/payments", payment)

    def _credit(self, invoice: Mapping[str, Any], moment: int) -> None:
        """Credit the first line, which came damaged. The rest is paid later."""
        line = invoice["items"][0]
        items = [{"name": f"Returned: {line['name']}", "quantity": 1, "unit_cost": line["unit_cost"]}]
        current = self._current(invoice)
        if exact(line["unit_cost"]) <= exact(current["balance"]):
            note = {"customer": invoice["customer"], "invoice": invoice["id"], "items": items, "calculate_taxes": False}
            self._send("POST", "/credit_notes", note)
        self._after(moment, 5, 40, partial(self._pay, invoice, Decimal(1)))

    def _dispute(self, invoice: Mapping[str, Any], moment: int) -> None:
        text = self._random.choice(("The customer says that the goods never arrived.", "Wrong quantity, they say."))
        self._send("POST", "/notes", {"invoice_id": invoice["id"], "notes": f"Disputed. {text}"})
        self._send("PATCH", f"/invoices/{invoice['id']}", {"metadata": {"disputed": "yes"}})

    def _void(self, invoice: Mapping[str, Any], moment: int) -> None:
        current = self._current(invoice)
        if exact(current["balance"]) == exact(current["total"]):
            self._send("POST", f"/invoices/{invoice['id']}/void", None)

    def _current(self, invoice: Mapping[str, Any]) -> Any:
        return self._send("GET", f"/invoices/{invoice['id']}", None)

"""Behavior of customers and contacts beyond their description."""

from __future__ import annotations

from invoiced.emulator.balances import retrieve_balance
from invoiced.emulator.call import Behaviour, Call
from invoiced.emulator.errors import ApiError
from invoiced.emulator.payments import SAMPLE_CARD
from invoiced.emulator.statement_links import new_path, render_customer
from invoiced.emulator.statements import send_statement
from invoiced.emulator.store import Record


def _complete(call: Call, customer: Record) -> None:
    """Complete a new customer. Any `stripe_token` becomes the card of the reference's sample."""
    if "payment_source" in call.body:
        message = "The emulator only stores payment sources that are sent to /customers/{id}/payment_sources."
        raise ApiError(501, message, "payment_source")
    if not customer["number"]:
        customer["number"] = call.store.next_number("customer", "CUST-")
    if not customer["statement_pdf_url"]:
        customer["statement_pdf_url"] = new_path(call)
    if call.body.get("stripe_token") is not None:
        customer["payment_source"] = {"id": call.store.next("id"), **SAMPLE_CARD}


_HAS_BALANCE = """
EXISTS (
    SELECT 1 FROM records AS balance
    WHERE balance.type = 'balance' AND balance.parent = records.id AND json_extract(balance.body, '$.{}') > 0
)
"""

CUSTOMER = Behaviour(
    defaults={"country": "US", "taxable": True},
    complete=_complete,
    render=render_customer,
    filters={
        "payment_source": "json_extract(records.body, '$.payment_source') IS NOT NULL",
        "balance": _HAS_BALANCE.format("available_credits"),
        "open_balance": _HAS_BALANCE.format("total_outstanding"),
    },
    operations={"Customer.balance": retrieve_balance, "Customer.send_statement": send_statement},
)

CONTACT = Behaviour(defaults={"primary": True})

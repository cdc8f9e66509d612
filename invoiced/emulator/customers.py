"""What customers and their contacts do beyond their description."""

from __future__ import annotations

import secrets

from invoiced.emulator.balances import retrieve_balance
from invoiced.emulator.behaviour import Behaviour
from invoiced.emulator.statements import send_statement
from invoiced.emulator.store import Record, Store


def _number(store: Store) -> str:
    return store.next_number("customer", "CUST-")


def _statement_pdf_url(store: Store) -> str:
    """An address that cannot exist: nothing that follows it ever leaves for a real one."""
    return f"https://dundermifflin.invoiced.invalid/statements/{secrets.token_hex(12)}/pdf"


def _card(store: Store, customer: int) -> Record:
    """Any token becomes the card of the reference's sample."""
    card_id = store.add("card", customer)
    card = {
        "id": card_id,
        "object": "card",
        "brand": "Visa",
        "last4": "4242",
        "exp_month": 2,
        "exp_year": 20,
        "funding": "credit",
    }
    store.write(card_id, card)
    return {"payment_source": card}


_HAS_BALANCE = "EXISTS (SELECT 1 FROM balances WHERE customer = records.id AND json_extract(balances.body, '$.{}') > 0)"

CUSTOMER = Behaviour(
    defaults={"country": "US", "taxable": True},
    generated={"number": _number, "statement_pdf_url": _statement_pdf_url},
    effects={"stripe_token": _card},
    filters={
        "payment_source": "json_extract(records.body, '$.payment_source') IS NOT NULL",
        "balance": _HAS_BALANCE.format("available_credits"),
        "open_balance": _HAS_BALANCE.format("total_outstanding"),
    },
    operations={"Customer.balance": retrieve_balance, "Customer.send_statement": send_statement},
)

CONTACT = Behaviour(defaults={"primary": True})

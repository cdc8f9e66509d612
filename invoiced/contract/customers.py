"""Customers and contacts."""

from __future__ import annotations

import re

from invoiced.contract import scenes
from invoiced.contract.account import Account
from invoiced.contract.facts import Finding, accepted, fact, refused


def _path(account: Account) -> str:
    return f"customers/{account.scene(scenes.plain)['id']}"


@fact("G1")
def given_number(account: Account) -> Finding:
    """Only the name of a customer is required; the account gives it a number."""
    number = account.scene(scenes.plain)["number"]
    given = isinstance(number, str) and bool(number)
    usual = given and re.fullmatch(r"CUST-\d{5}", number)
    return Finding(given, "CUST- and five digits" if usual else "another template")


@fact("G1b")
def unique_number(account: Account) -> Finding:
    """A number is unique, without regard to case."""
    fields = {"name": account.marker, "metadata": {"contract": account.token}}
    fields["number"] = account.scene(scenes.detailed)["number"].lower()
    return refused(account.send("POST", "customers", fields), param="number")


@fact("G2")
def number_to_null(account: Account) -> Finding:
    """The number cannot be set to null."""
    return refused(account.send("PATCH", _path(account), {"number": None}), param="number")


@fact("G3")
def normalized_email(account: Account) -> Finding:
    """An e-mail address is stored without white space and in lower case."""
    normalized = account.scene(scenes.detailed)["email"] == "contract@example.com"
    return Finding(normalized, "normalized" if normalized else "changed in another way, or not at all")


@fact("G3b")
def list_of_emails(account: Account) -> Finding:
    """A list of e-mail addresses is refused."""
    emails = "contract@example.com,contract-2@example.com"
    return refused(account.send("PATCH", _path(account), {"email": emails}), param="email")


@fact("G4")
def normalized_codes(account: Account) -> Finding:
    """Countries are stored in upper case, languages and currencies in lower case."""
    customer = account.scene(scenes.detailed)
    normalized = [name for name, code in {"country": "US", "language": "en", "currency": "usd"}.items()
                  if customer[name] == code]  # fmt: skip
    return Finding(len(normalized) == 3, f"as described: {', '.join(normalized) or 'none'}")


@fact("G5")
def defaults(account: Account) -> Finding:
    """A new customer is active, chased and taxable, without taxes and without a credit limit."""
    customer = account.scene(scenes.plain)
    expected = {"active": True, "chase": True, "taxable": True, "taxes": [], "credit_limit": None}
    differences = [name for name, value in expected.items() if customer.get(name, ...) != value]
    return Finding(not differences, f"different: {', '.join(differences) or 'none'}")


@fact("G7")
def own_parent(account: Account) -> Finding:
    """A customer cannot be its own parent."""
    parent = {"parent_customer": account.scene(scenes.plain)["id"]}
    return refused(account.send("PATCH", _path(account), parent), param="parent_customer")


@fact("G9")
def customer_with_invoice(account: Account) -> Finding:
    """A customer with an invoice, even a draft, cannot be deleted: 400 without param."""
    account.scene(scenes.paging_by_offset)  # requires all customers made for lists
    customer = scenes.remaining(account)[0]
    items = [{"name": account.marker, "quantity": 1, "unit_cost": 1}]
    account.create("invoices", {
        "customer": customer, "draft": True, "items": items, "metadata": {"contract": account.token},
    })  # fmt: skip
    return refused(account.send("DELETE", f"customers/{customer}"))


@fact("G10")
def pairs_of_names(account: Account) -> Finding:
    """Responses have owner and owner_id, and statement_url beside statement_pdf_url."""
    customer = account.scene(scenes.plain)
    names = ("owner", "owner_id", "statement_url", "statement_pdf_url")
    missing = [name for name in names if name not in customer]
    return Finding(not missing, f"missing: {', '.join(missing) or 'none'}")


@fact("G11")
def balance(account: Account) -> Finding:
    """A balance always has its currency, due_now and open_credit_notes."""
    received = account.get(f"{_path(account)}/balance")
    names = ("currency", "due_now", "open_credit_notes", "total_outstanding", "available_credits", "history")
    missing = [name for name in names if name not in received.record]
    return Finding(accepted(received).holds and not missing, f"{received}, missing: {', '.join(missing) or 'none'}")


@fact("G13")
def new_contact(account: Account) -> Finding:
    """A new contact is primary, and in the country of its customer."""
    contact, customer = account.scene(scenes.contact), account.scene(scenes.detailed)
    primary, country = contact["primary"] is True, contact["country"] == customer["country"]
    seen = ["primary" if primary else "not primary", "the same country" if country else "another country"]
    return Finding(primary and country, ", ".join(seen))

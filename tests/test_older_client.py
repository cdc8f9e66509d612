"""The older client, invoiced 3.0.0, unmodified, works a billing story on the emulator.

It is installed in a temporary folder, and the test is skipped if that is not possible.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from invoiced.emulator import Emulator

pytestmark = pytest.mark.once

OLDER = ["invoiced==3.0.0", "inflection==0.5.1"]
STORY = """
import json, sys
import invoiced

assert invoiced.VERSION == "3.0.0", invoiced.VERSION
invoiced.Client.ApiBase = sys.argv[1]
client = invoiced.Client("key")

customer = client.Customer.create(name="Acme", email="billing@acmecorp.com", payment_terms="NET 30")
tax = client.TaxRate.create(id="vat", name="VAT", value=20)
invoice = client.Invoice.create(
    customer=customer.id, items=[{"name": "Paper", "quantity": 2, "unit_cost": 45}], taxes=[tax.id]
)
applied = [{"type": "invoice", "invoice": invoice.id, "amount": 54}]
payment = client.Payment.create(customer=customer.id, amount=54, applied_to=applied)
note = client.CreditNote.create(customer=customer.id, invoice=invoice.id, items=[{"unit_cost": 14}])
half = client.Invoice.retrieve(invoice.id)
emails = invoice.send()

plan = client.Plan.create(id="basic", name="Basic", amount=30, interval="month", interval_count=1)
subscription = client.Subscription.create(customer=customer.id, plan="basic")
billed, links = client.Invoice.list(filter={"subscription": subscription.id})
subscription.cancel()

payment.delete()
after = client.Invoice.retrieve(invoice.id)
balance = customer.balance()
events, _ = client.Event.list(per_page=100)
print(json.dumps({
    "total": invoice.total,
    "half": [half.balance, half.paid],
    "note": [note.status, note.balance],
    "emails": len(emails),
    "billed": [each.total for each in billed],
    "after": [after.balance, after.status],
    "owed": balance["total_outstanding"],
    "events": sorted({event.type for event in events}),
}))
"""


def test_the_older_client_works_a_billing_story(tmp_path: Path) -> None:
    options = ["--quiet", "--no-compile", "--retries=0", "--timeout=5", "--no-deps", "--target", str(tmp_path)]
    if subprocess.run([sys.executable, "-m", "pip", "install", *options, *OLDER], capture_output=True).returncode:
        pytest.skip("invoiced 3.0.0 cannot be installed")
    with Emulator() as emulator:
        emulator.clock.set(1_767_225_600)
        command, environment = [sys.executable, "-c", STORY, emulator.url], {"PYTHONPATH": str(tmp_path)}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "total": 108,
        "half": [40, False],
        "note": ["paid", 0],
        "emails": 1,
        "billed": [30],
        "after": [94, "sent"],
        "owed": 124,
        "events": [
            *("credit_note.created", "credit_note.updated", "customer.created", "email.sent", "invoice.created"),
            *("invoice.updated", "payment.created", "payment.updated"),
            *("subscription.created", "subscription.deleted"),
        ],
    }

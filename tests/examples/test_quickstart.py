from __future__ import annotations

from typing import Any

from invoiced.emulator import Emulator

SAID = """\
Created customer CUST-0001, Acme, with a contact, and 149 more.
The first three of 150: Acme, Customer 001, Customer 002.
A loop goes over all pages: 150 customers.
Changed the payment terms of Acme to NET 14.
Acme owes 470 and has 50 in credits.
Sent a statement to billing@acmecorp.com: Statement from Dunder Mifflin, Inc.
Sent a statement to nancy.talty@example.com: Statement from Dunder Mifflin, Inc.
And this is what an error says: GET /customers: find() wants one record with number='CUST-9999'; there are 0.
"""


def test_it_says_what_happened_on_an_emulator_of_its_own(run: Any, invoiced_emulator: Emulator) -> None:
    ran = run("quickstart.py")
    assert (ran.stdout, ran.stderr, ran.returncode) == (SAID, "", 0)
    assert invoiced_emulator.requests == []

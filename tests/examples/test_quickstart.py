from __future__ import annotations

from typing import Any

from invoiced.emulator import Emulator

OUTPUT = """\
Created customer CUST-00001, Acme, with a contact, and 149 more customers.
Created invoice INV-00001 for 90.
The first three of 150: Acme, Customer 001, Customer 002.
A loop over all pages: 150 customers.
Changed the payment terms of Acme to NET 14.
Acme owes 90 and has 50 in credits.
Sent a statement to Acme.
An example of an error: GET /customers: Expected one record with number='CUST-09999', found 0.
"""


def test_the_program_prints_the_results_from_its_own_emulator(run: Any, invoiced_emulator: Emulator) -> None:
    completed = run("quickstart.py")
    assert (completed.stdout, completed.stderr, completed.returncode) == (OUTPUT, "", 0)
    assert invoiced_emulator.requests == []

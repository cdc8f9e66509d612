"""Contacts from a CSV file: created, or updated where the customer has one with that e-mail address.

    python import_contacts.py contacts.csv

The key is in INVOICED_API_KEY. The columns are customer_number, email, and fields of a contact: name, phone, primary
(yes or no). The journal, contacts.csv.journal, remembers what was done: after a failure, a crash or Ctrl-C, run it
again. An edited file is another import: delete the journal first. Exit status: 0 if all were done, 1 if not.
"""

import csv
import sys
from pathlib import Path

import invoiced
from invoiced.imports import ContactImport
from invoiced.runs import RunError


def import_contacts(client: invoiced.Client, path: Path) -> bool:
    """Whether all contacts of the file are in the account as it says."""
    run = ContactImport(client, journal=f"{path}.journal", rate=5)
    with path.open(encoding="utf-8-sig", newline="") as file:  # Excel puts a mark first
        for result in run.load(csv.DictReader(file)):
            print(f"Row {result.row}, {result.customer}: {result.outcome} {result.reason}".rstrip())
    print(run.report())
    return run.report().complete


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        with invoiced.Client() as client:
            sys.exit(0 if import_contacts(client, Path(sys.argv[1])) else 1)
    except (invoiced.InvoicedError, RunError) as error:
        sys.exit(str(error))

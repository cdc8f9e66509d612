"""Import contacts from a CSV file. A contact whose e-mail address the customer already has is updated.

    python import_contacts.py contacts.csv

The API key is read from INVOICED_API_KEY. The columns are customer_number, email, and other fields of a contact: name,
phone, primary (yes or no). The rows are compared with the contacts as they are: after you have mended a row, or after a
crash or Ctrl-C, run the program again. Exit status: 0 if all contacts are as the file wants them, or 1.
"""

import csv
import sys
from pathlib import Path

import invoiced
from invoiced.imports import ContactImport
from invoiced.ledger import LedgerError
from invoiced.runs import RunError


def import_contacts(client: invoiced.Client, path: Path) -> bool:
    """Import the contacts, and return whether all of them are as the file wants them."""
    run = ContactImport(client, source=path)
    with path.open(encoding="utf-8-sig", newline="") as file:  # Excel writes a byte order mark
        plan = run.plan(csv.DictReader(file))
    for result in run.send(plan):
        print(f"Row {result.row}, {result.customer}: {result.outcome} {result.reason}".rstrip())
    print(run.status())
    return run.status().complete


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        with invoiced.Client() as client:
            sys.exit(0 if import_contacts(client, Path(sys.argv[1])) else 1)
    except (invoiced.InvoicedError, LedgerError, RunError) as error:
        sys.exit(str(error))

"""Import contacts from a CSV file. A contact whose e-mail address the customer already has is updated.

    python import_contacts.py contacts.csv

The API key is read from INVOICED_API_KEY. The columns are customer_number, email, and other fields of a contact: name,
phone, primary (yes or no). The journal contacts.csv.journal records finished rows: after a failure, a crash or Ctrl-C,
run the program again. If you edit the file, delete the journal first. Exit status: 0 if all rows succeeded, or 1.
"""

import csv
import sys
from pathlib import Path

import invoiced
from invoiced.imports import ContactImport
from invoiced.runs import RunError


def import_contacts(client: invoiced.Client, path: Path) -> bool:
    """Import the contacts, and return whether all rows succeeded, in this run or an earlier one."""
    run = ContactImport(client, journal=f"{path}.journal", rate=5)
    with path.open(encoding="utf-8-sig", newline="") as file:  # Excel writes a byte order mark
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

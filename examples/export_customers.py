"""Export all customers to a CSV file, or to a pandas DataFrame in a notebook, with exact amounts.

    python export_customers.py customers.csv

The API key is read from INVOICED_API_KEY. After an error, an existing file is unchanged. Only you can read the file.
"""

import csv
import sys
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import invoiced
from invoiced.files import write_atomically
from invoiced.tables import harmless

COLUMNS = ["id", "number", "name", "email", "country", "payment_terms", "currency", "credit_limit", "created_at"]


def rows(client: invoiced.Client) -> Iterator[list[Any]]:
    return ([customer.get(column) for column in COLUMNS] for customer in client.Customer.all())


def customers_frame(client: invoiced.Client) -> Any:
    """Return one row per customer. For exact amounts, pass a client with `parse_float=Decimal`."""
    import pandas

    return pandas.DataFrame(rows(client), columns=COLUMNS, dtype=object)  # other dtypes would round the amounts


if __name__ == "__main__":
    with invoiced.Client(parse_float=Decimal) as client, write_atomically(Path(sys.argv[1])) as unfinished:
        with unfinished.open("w", encoding="utf-8-sig", newline="") as file:
            for row in chain([COLUMNS], rows(client)):  # harmless: a name may begin like a formula
                csv.writer(file).writerow(harmless(cell) if isinstance(cell, str) else cell for cell in row)

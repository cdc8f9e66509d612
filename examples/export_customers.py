"""Export all customers to a CSV file, or to a pandas DataFrame in a notebook, with exact amounts.

    python export_customers.py customers.csv

The API key is read from INVOICED_API_KEY. After an error, an existing file is unchanged.
"""

import csv
import sys
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import invoiced

if TYPE_CHECKING:
    import pandas

COLUMNS = ["id", "number", "name", "email", "country", "payment_terms", "currency", "credit_limit", "created_at"]


def rows(client: invoiced.Client) -> Iterator[list[Any]]:
    return ([customer.get(column) for column in COLUMNS] for customer in client.Customer.all())


def customers_frame(client: invoiced.Client) -> "pandas.DataFrame":
    """Return one row per customer. For exact amounts, pass a client with `parse_float=Decimal`."""
    import pandas

    return pandas.DataFrame(rows(client), columns=COLUMNS, dtype=object)  # other dtypes would round the amounts


if __name__ == "__main__":
    unfinished = Path(f"{sys.argv[1]}.unfinished")
    with invoiced.Client(parse_float=Decimal) as client, unfinished.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(chain([COLUMNS], rows(client)))
    unfinished.replace(sys.argv[1])

"""All customers as a CSV file, or in a notebook as a pandas DataFrame, with exact amounts.

    python export_customers.py customers.csv

The key is in INVOICED_API_KEY. The file is there when it is complete: an error leaves what was there before.
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
    return ([customer.get(column) for column in COLUMNS] for customer in client.Customer.all(sort="id desc"))


def customers_frame(client: invoiced.Client) -> "pandas.DataFrame":
    """One row per customer. For exact amounts, give it a client with `parse_float=Decimal`."""
    import pandas

    return pandas.DataFrame(rows(client), columns=COLUMNS, dtype=object)  # any other type would round them


if __name__ == "__main__":
    unfinished = Path(f"{sys.argv[1]}.unfinished")
    with invoiced.Client(parse_float=Decimal) as client, unfinished.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(chain([COLUMNS], rows(client)))
    unfinished.replace(sys.argv[1])

"""A copy of all customers in an SQLite file: each run fetches what changed since the last one began.

    python sync_changes.py customers.db

The key is in INVOICED_API_KEY. Customers and checkpoint are stored together when the loop has ended: after an error,
the file is as it was. What is deleted in Invoiced stays in the copy. Exit status: 0 if the checkpoint moved, 1 if not.
"""

import json
import logging.handlers
import sqlite3
import sys
import time
from contextlib import closing

import invoiced


def sync(client: invoiced.Client, copy: sqlite3.Connection, warnings: logging.handlers.BufferingHandler) -> None:
    began = int(time.time()) - 60  # the API's clock may be behind this one's
    copy.execute("CREATE TABLE IF NOT EXISTS customers (id INTEGER PRIMARY KEY, fields TEXT NOT NULL)")
    copy.execute("CREATE TABLE IF NOT EXISTS runs (began INTEGER NOT NULL)")
    with copy:  # commits at the end, and after an error takes back what was stored
        copy.execute("BEGIN IMMEDIATE")  # one run at a time
        (checkpoint,) = copy.execute("SELECT max(began) FROM runs").fetchone()  # None before the first: all customers
        changed = client.Customer.all(updated_after=checkpoint, sort="id desc")
        rows = ((customer.id, json.dumps(customer.to_dict())) for customer in changed)
        copy.executemany("INSERT OR REPLACE INTO customers VALUES (?, ?)", rows)
        if not warnings.buffer:  # otherwise the next run fetches the same again
            copy.execute("INSERT INTO runs VALUES (?)", (began,))


if __name__ == "__main__":
    warnings = logging.handlers.BufferingHandler(capacity=1000)  # of lists that may not be whole
    warnings.setLevel(logging.WARNING)
    logging.getLogger("invoiced").addHandler(warnings)
    with invoiced.Client() as client, closing(sqlite3.connect(sys.argv[1])) as copy:
        sync(client, copy, warnings)
    sys.exit("\n".join(warning.getMessage() for warning in warnings.buffer) or None)

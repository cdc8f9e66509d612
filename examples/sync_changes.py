"""Copy all customers to an SQLite file. Each run fetches the customers that changed since the last run started.

    python sync_changes.py customers.db

The API key is read from INVOICED_API_KEY. Only you can read the file. Customers and checkpoint are stored in one
transaction, so an error leaves it unchanged. Deleted customers stay in it. Exit status: 1 if the checkpoint stayed.
"""

import json
import logging.handlers
import os
import sqlite3
import sys
import time
from contextlib import closing

import invoiced


def sync(client: invoiced.Client, copy: sqlite3.Connection, warnings: logging.handlers.BufferingHandler) -> None:
    began = int(time.time()) - 60  # the API's clock may be behind
    copy.execute("CREATE TABLE IF NOT EXISTS customers (id INTEGER PRIMARY KEY, fields TEXT NOT NULL)")
    copy.execute("CREATE TABLE IF NOT EXISTS runs (began INTEGER NOT NULL)")
    with copy:  # commits at the end, or rolls back after an error
        copy.execute("BEGIN IMMEDIATE")  # one run at a time
        (checkpoint,) = copy.execute("SELECT max(began) FROM runs").fetchone()  # None in the first run: all customers
        rows = ((each.id, json.dumps(each.to_dict())) for each in client.Customer.all(updated_after=checkpoint))
        copy.executemany("INSERT OR REPLACE INTO customers VALUES (?, ?)", rows)
        if not warnings.buffer:  # otherwise the next run fetches the same customers again
            copy.execute("INSERT INTO runs VALUES (?)", (began,))


if __name__ == "__main__":
    os.umask(0o077)
    warnings = logging.handlers.BufferingHandler(capacity=1000)  # a warning means that the list may be incomplete
    logging.getLogger("invoiced").addHandler(warnings)
    with invoiced.Client() as client, closing(sqlite3.connect(sys.argv[1])) as copy:
        sync(client, copy, warnings)
    sys.exit("\n".join(warning.getMessage() for warning in warnings.buffer) or None)

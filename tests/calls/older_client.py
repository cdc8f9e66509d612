"""A program that makes calls with invoiced 3.0.0, which is in a folder of its own (PYTHONPATH).

It reads the URL of the server from its argument, and a call from each line of its input: how to get the object, and the
call of it. It prints a line after each call.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import invoiced

API: Any = invoiced


def make_call(url: str, record: str | None, parent: str, path: str, arguments: list[int], params: Any) -> None:
    """Make a call of a new client, such as `client.Customer.create` or `customer.contacts().create`."""
    value: Any = API.Client("key")
    value.api_url = url
    if record is not None:
        value = getattr(API, record)(value, 7).set_endpoint_base(parent)
    *names, last = path.split(".")
    for name in names:
        value = getattr(value, name.removesuffix("()"))
        value = value() if name.endswith("()") else value
    getattr(value, last)(*arguments, **params)


if __name__ == "__main__":
    assert API.VERSION == "3.0.0", API.VERSION
    for line in sys.stdin:
        make_call(sys.argv[1], *json.loads(line))
        print("done", flush=True)

"""Numbers that differ only by zeros, case or typography, as when a program has changed 00123 to 123 or 123.0."""

from __future__ import annotations

import json
import re
from contextlib import suppress

from invoiced import Client, InvalidRequestError

from .typography import without_typography


def similarity_key(number: str) -> str:
    """Return what numbers have in common that differ only by zeros, case, spaces, dashes and invisible characters."""
    text = re.sub(r"(?<=\d)\.0+$", "", without_typography(number))
    return re.sub(r"(?<!\d)0+(?=\d)", "", text)


def find_similar_numbers(client: Client, number: str) -> dict[str, str]:
    """Return the numbers of customers that end like a number and are similar to it, by their key."""
    key = similarity_key(number)
    ending = key[len(key.rstrip("0123456789")) :] or key
    condition = {"field": "number", "operator": "ends_with", "value": ending}
    with suppress(InvalidRequestError):  # the API may not support advanced filters, which are not documented
        customers, _ = client.Customer.list(advanced_filter=json.dumps([condition]))
        numbers = [str(customer.get("number")) for customer in customers]
        return {similarity_key(each): each for each in numbers}
    return {}

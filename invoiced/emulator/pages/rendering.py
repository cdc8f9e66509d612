"""The templates, and how amounts, times and other values are written. Everything is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from decimal import Decimal
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from invoiced.emulator.description import Schema, resolved
from invoiced.emulator.values import exact_json
from invoiced.emulator.values.money import printed

_MAX_LENGTH = 100_000
"""Length of a body beyond which it is shown as it came, and not whole."""

_ABBREVIATIONS = {"id": "ID", "mrr": "MRR", "url": "URL", "autopay": "AutoPay"}

MONEY, TIME, OTHER = "money", "time", "other"


def render(template: str, **values: Any) -> str:
    """Return a page."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("invoiced.emulator.pages"), autoescape=True, undefined=StrictUndefined
    )
    environment.trim_blocks = environment.lstrip_blocks = True
    functions = (body, money, plain, pretty, repr, time, title, zip)
    environment.filters.update({function.__name__: function for function in functions})
    return environment


def kind_of(schema: Schema) -> str:
    """Return how values of a property are written."""
    schema = resolved(schema)
    return {"money": MONEY, "unix-timestamp": TIME}.get(schema.get("format", ""), OTHER)


def money(amount: Any, currency: str | None) -> str:
    """Return an amount with its currency, such as `1,234.50 USD`."""
    code = (currency or "").lower()
    return f"{Decimal(printed(amount, code)):,f} {code.upper()}".strip()


def time(moment: Any) -> str:
    """Return a time in UTC, to the minute, or what is there in place of one."""
    try:
        at = datetime.fromtimestamp(int(moment), timezone.utc)
    except (ValueError, TypeError, OverflowError, OSError):
        return str(moment)
    return Markup('<time datetime="{}">{}</time>').format(f"{at:%Y-%m-%dT%H:%M:%SZ}", f"{at:%Y-%m-%d %H:%M}")


def title(name: str) -> str:
    """Return the name of a property, or of a type, as the heading of a column: `due_date` as `Due date`."""
    words = [_ABBREVIATIONS.get(word, word) for word in name.split("_")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def pretty(value: Any) -> str:
    """Return a value as JSON with a line per property."""
    return exact_json.dumps(value, indent=2)


def body(content: bytes) -> str:
    """Return the body of a request or a response: JSON with a line per property, text, or how many bytes it has."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return f"{len(content):,} bytes"
    if len(text) > _MAX_LENGTH:
        return f"{text[:_MAX_LENGTH]} ... ({len(content):,} bytes)"
    try:
        return pretty(exact_json.loads_received(text))
    except ValueError:
        return text


def plain(value: Any) -> str:
    """Return a value of any kind as text."""
    if isinstance(value, Mapping | list):
        return exact_json.dumps(value)
    return str(value)

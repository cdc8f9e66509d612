"""The plan of a period's statements as text: all that somebody should see before they are sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from itertools import islice
from typing import Any

from invoiced import AuthenticationError, Client, Customer, InvoicedError, NotFoundError
from invoiced.cli.periods import dates_are_missing
from invoiced.cli.plans import WORDS, amount_text, counts_by_state, limited
from invoiced.cli.streams import pluralize, print_line
from invoiced.ledger.states import TO_SEND, UNKNOWN
from invoiced.runs import Plan
from invoiced.runs.rows import Row
from invoiced.statements.addresses import addresses_of
from invoiced.tables import Table

_SAMPLES = 3
_DEFAULT = "the API's default"
_DAY = 86_400
_MAX_LENGTH = 80


def content_lines(content: Mapping[str, Any], client: Client) -> Iterator[str]:
    """Yield what is sent with all statements."""
    kind, start, end = (content.get(name) for name in ("type", "start", "end"))
    yield f"Type: {kind or f'{_DEFAULT}, balance_forward'}"
    last = _day_of(end) or f"now ({_DEFAULT})"
    if kind == "open_item":
        yield f"Date: {last}"
    else:
        yield f"Dates: {_day_of(start) or f'the first of this month ({_DEFAULT})'} to {last}"
    yield f"Subject: {_shortened(content.get('subject')) or _DEFAULT}"
    yield f"Template: {_template(content.get('template'), client)}"
    for name in ("message", "items", "currency"):
        if content.get(name):
            yield f"{name.capitalize()}: {_shortened(content[name])}"
    if content.get("to"):
        yield f"To: {_addresses(content['to'])}, instead of the customers' own addresses"
    if content.get("bcc"):
        yield f"Blind copy of each to: {content['bcc']}"


def date_warning(content: Mapping[str, Any], period: str) -> str | None:
    """Return a warning if statements with the API's own dates would not be those of the period."""
    if not dates_are_missing(period, *(content.get(name) for name in ("type", "start", "end"))):
        return None
    month = f"{date.today():%Y-%m}"
    return f"Warning: without --start and --end, these statements cover {month} until now, and not the period {period}."


def column_lines(table: object) -> Iterator[str]:
    """Yield which columns of a file are read, and which are not."""
    if isinstance(table, Table):
        yield f"Columns of {table.name} that are read: {', '.join(table.columns_used) or 'none'}"
        yield f"Columns that are not read: {', '.join(table.columns_unused) or 'none'}"


def count_line(plan: Plan, *, owe: bool) -> str:
    """Return the number of recipients by state."""
    counts = {**plan.counts, **plan.undecided}
    counts[UNKNOWN] = counts.get(UNKNOWN, 0) - len(plan.retried)
    parts = counts_by_state(counts, "to send")
    if plan.retried:
        parts.append(f"unknown and tried again with their idempotency keys {len(plan.retried)}")
    if plan.withdrawn:
        parts.append(f"{_withdrawn(owe)} {plan.withdrawn}")
    return f"Recipients: {', '.join(parts) or 'none'}"


def left_out_lines(plan: Plan, *, owe: bool, all_rows: bool) -> Iterator[str]:
    """Yield who is on the list and gets no statement, and who is not on it any more."""
    yield from limited(plan.problems, all_rows)
    yield from limited(plan.findings, all_rows)
    title = _withdrawn(owe).capitalize()
    yield from limited((f"{title}: {line}" for line in plan.withdrawals), all_rows)
    if plan.notes:
        yield "Other content than in the session before:"
        yield from (f"  {note}" for note in plan.notes)


def sample_lines(plan: Plan, client: Client) -> Iterator[str]:
    """Yield what some customers owe, and the addresses to which their statements go.

    Raises:
        AuthenticationError: the API key is wrong. Other errors are no reason to stop: they hide something that is only
            shown.
    """
    for row in islice(plan.rows_to_send(), _SAMPLES):
        to = {**plan.content, **row.request}.get("to")
        addresses = _addresses(to) if to else _addresses_in_account(client, row)
        amount, currency = _owed(client, row)
        owes = "an amount that is not known" if amount is None else amount_text(amount, currency)
        yield f"For example, row {row.number}, {row.customer}: owes {owes}, to {addresses}"


def owed_line(plan: Plan, client: Client) -> str:
    """Return what all owe to whom a statement is sent, in each currency.

    Raises:
        AuthenticationError: the API key is wrong.
    """
    print_line(f"Asking what {pluralize(plan.to_send, 'customer')} owe, with a request for each ...", err=True)
    totals, unknown = dict[str, Decimal](), 0
    for row in plan.rows_to_send():
        amount, currency = _owed(client, row)
        unknown += amount is None
        totals[currency] = totals.get(currency, Decimal()) + (amount or 0)
    amounts = [amount_text(total, currency) for currency, total in sorted(totals.items()) if total]
    return f"Owed: {', '.join(amounts) or 'nothing'}{f'; not known of {unknown}' if unknown else ''}"


def row_line(row: Row, content: Mapping[str, Any]) -> str:
    """Return what would happen to a row."""
    to = {**content, **row.request}.get("to")
    if row.problem:
        what = row.problem
    elif row.state not in TO_SEND:
        what = WORDS[row.state]
    else:
        what = f"to {_addresses(to) if to else _own_addresses(row)}"
    return f"row {row.number}, {row.customer}: {what}"


def _own_addresses(row: Row) -> str:
    return f"{row.customer.email}, and its primary contacts" if row.customer.email else "its primary contacts"


def _owed(client: Client, row: Row) -> tuple[Decimal | None, str]:
    """Return what a customer owes, and its currency. The amount is None if that is not known."""
    try:
        balance = Customer(client, row.customer.id or 0).balance()
    except AuthenticationError:
        raise
    except InvoicedError:
        return None, ""
    amount = balance.get("total_outstanding")
    is_number = isinstance(amount, (int, Decimal)) and not isinstance(amount, bool)
    return Decimal(amount) if is_number else None, str(balance.get("currency"))


def _addresses_in_account(client: Client, row: Row) -> str:
    try:
        return ", ".join(addresses_of(client, row.customer)) or "no address"
    except AuthenticationError:
        raise
    except InvoicedError:
        return "addresses that are not known"


def _withdrawn(owe: bool) -> str:
    return "owes nothing now" if owe else "on the earlier list but not on this one"


def _template(template: str | None, client: Client) -> str:
    if template is None:
        return _DEFAULT
    try:
        name = client.EmailTemplate.retrieve(template).get("name")
    except NotFoundError:  # the API knows a built-in template only once it was changed
        return f"{template}, which is not one that the account has made or changed: a built-in one, or a mistake"
    except AuthenticationError:
        raise
    except InvoicedError:
        return template
    return f"{template}, {name}" if name else template


def _day_of(seconds: int | None) -> str:
    """Return Unix seconds as a day, and its time if it is not midnight; empty for None."""
    if seconds is None:
        return ""
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return f"{moment:%Y-%m-%d}" if seconds % _DAY == 0 else f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _shortened(text: str | None) -> str:
    text = " ".join((text or "").split())
    return text if len(text) <= _MAX_LENGTH else f"{text[:_MAX_LENGTH]}..."


def _addresses(to: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(str(recipient.get("email")) for recipient in to)

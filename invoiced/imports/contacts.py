"""Contacts from rows: created, or updated where the customer has one with that e-mail address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args, get_type_hints

from invoiced import Contact, ContactParams, Customer
from invoiced.runs import Results, Run, RunPlan
from invoiced.runs.execution import Outcome
from invoiced.runs.lookup import look_up
from invoiced.runs.recipients import task_of, text_of
from invoiced.runs.rows import Row
from invoiced.runs.staged_rows import StagedRows

_FIELDS = get_type_hints(ContactParams)
_YES, _NO = ("yes", "y", "true", "1"), ("no", "n", "false", "0")
_CUSTOMER = {"customer_id": "id", "customer_number": "number", "customer": "number"}
"""The columns that name the customer. There is no `id`: in a file of contacts, that is the contact's."""


class ContactImport(Run):
    """Creates and updates contacts of customers, one per row (chapter "Contacts").

    Example:
        .. code-block:: python

            from invoiced.imports import ContactImport

            acme = client.Customer.create(name="Acme")
            row = {"customer_id": acme.id, "name": "Nancy Talty", "email": "nancy.talty@example.com", "phone": "820"}
            run = ContactImport(client, journal="contacts.journal")
            for result in run.load([row]):
                print(result.customer, result.outcome)
    """

    _kind = "contacts"

    def plan(self, rows: Iterable[Mapping[str, Any]], *, source: str | None = None, clear: bool = False) -> RunPlan:
        """Plan what `load` would do, for a look at it. Nothing is changed, and no journal is made.

        Args:
            rows: what `load` takes.
            source: what the rows are, in words that stay the same.
            clear: let a blank cell empty its field.

        Raises:
            JournalError: there is a journal, but not that of this run.
            InvoicedError: customers or their contacts could not be looked up.
        """
        return self._plan(rows, {"clear": clear}, source, None)

    def load(
        self,
        rows: Iterable[Mapping[str, Any]] | RunPlan,
        *,
        strict: bool = False,
        source: str | None = None,
        clear: bool = False,
    ) -> Results:
        """Create and update the contacts. All rows are checked before the first is sent.

        Their outcomes are `created`, `updated`, `unchanged`, and those that every run has.

        Args:
            rows: mappings with the `customer_number` or `customer_id`, the `email` by which the contact is known to its
                customer (in upper or lower case), and fields of a contact; other columns do not matter. A blank cell
                leaves its field. Or what `plan` answered.
            strict: refuse the run when a row would be skipped.
            source: what the rows are, in words that stay the same, as for statements.
            clear: let a blank cell empty its field. A name and what is yes or no cannot be empty.

        Yields:
            What came of each row.

        Raises:
            PlanError: none of the rows can be carried out, or not all of them and it is strict. Nothing was sent.
            JournalError: the journal is damaged, in use, or that of another run. Nothing was sent.
            RunStopped: while looping: the run ended early.
            InvoicedError: customers could not be looked up; or, while looping, AuthenticationError.
        """
        plan = rows if isinstance(rows, RunPlan) else self.plan(rows, source=source, clear=clear)
        plan.check(strict=strict)
        return self._begin(plan)

    def _tasks(self, items: Iterable[Any], by: str | None) -> Iterator[Row]:
        for row, item in enumerate(items, start=1):
            customer = {sought: item.get(column) for column, sought in _CUSTOMER.items() if text_of(item.get(column))}
            task = task_of(row, customer)
            if not customer:
                task.problem = "it has no customer_number or customer_id"
            cells = {name: text_of(item.get(name)) for name in _FIELDS if name in item}
            if not cells.get("email"):
                task.problem = task.problem or "it has no email, by which a contact is known"
            try:
                task.request = {name: _value(name, text) for name, text in cells.items()}
            except ValueError as error:
                task.problem = task.problem or str(error)
            yield task

    def _complete(self, draft: StagedRows, content: Mapping[str, Any]) -> None:
        look_up(draft, self._client, self._rate_limiter)
        draft.index("customer")
        for (id,) in draft.distinct("customer", condition="problem = ''"):
            self._rate_limiter.wait()
            known = list(Customer(self._client, id).contacts().all())
            for task in draft.tasks("problem = '' AND customer = ?", id):
                _compare(task, known, clear=content["clear"])
                draft.change(task)
        draft.mark_duplicates()

    def _perform(self, content: Mapping[str, Any], task: Row, key: str) -> Outcome:
        contact, fields = task.request["contact"], task.request["fields"]
        contacts = Customer(self._client_without_retries, task.customer.id or 0).contacts()
        if contact is None:
            return "created", {"contact": contacts.create(idempotency_key=key, **fields).id}
        if not fields:
            return "unchanged", {"contact": contact}
        parent = ("customers", task.customer.id or 0)
        Contact(self._client_without_retries, contact, parent=parent).save(idempotency_key=key, **fields)
        return "updated", {"contact": contact, "fields": sorted(fields)}


def _value(name: str, text: str | None) -> Any:
    """The value of a cell. What is neither yes nor no must not pass for no."""
    types = get_args(_FIELDS[name]) or (_FIELDS[name],)
    if text is None or bool not in types:
        return text
    if text.lower() not in _YES + _NO:
        raise ValueError(f"{name} is yes or no, not {text!r}")
    return text.lower() in _YES


def _compare(task: Row, known: Iterable[Contact], *, clear: bool) -> None:
    """What of a row is not yet so: all of it in a new contact, else the fields that differ."""
    email = str(task.request["email"]).lower()
    same = [contact for contact in known if (contact.email or "").lower() == email]
    task.target = f"{task.customer.id} {email}"
    emptied = {name for name in task.request if clear and type(None) in get_args(_FIELDS[name])}
    cells = {name: value for name, value in task.request.items() if value is not None or name in emptied}
    if len(same) > 1:
        task.problem = f"several contacts of the customer have the address {email}"
    elif same:
        fields = {name: value for name, value in cells.items() if name != "email" and same[0].get(name) != value}
        task.request = {"contact": same[0].id, "fields": fields}
    elif not cells.get("name"):
        task.problem = "a new contact needs a name"
    else:
        task.request = {"contact": None, "fields": {name: value for name, value in cells.items() if value is not None}}

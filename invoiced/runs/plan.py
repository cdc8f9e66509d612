"""The plan of a run: what would be sent to whom, compared with what was sent before."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from invoiced.ledger.entries import storable
from invoiced.ledger.states import DONE, FAILED, ON_THE_LIST, PARTLY_SENT, STARTED, TO_DO, TO_SEND, UNKNOWN

from .errors import PlanError, RunError
from .rows import DUPLICATE, PROBLEMS, Row
from .staged_rows import StagedRows

_MAYBE_SENT = (STARTED, UNKNOWN, PARTLY_SENT)


class Plan:
    """The rows of a list, as they are now, compared with the ledger. Nothing has been sent.

    Iterating yields the rows in order: each has its `number`, its `customer`, its own part of the `request`, its
    `state`, such as `to do`, `sent` (before) or `held`, and the `problem` for which it cannot be sent.

    Args:
        rows: the rows, compared with the ledger.
        content: what is sent with each row.
        run: what identifies the run that is planned.
        notes: what else should be known, one line each.
        reopened: states of entries that are sent again.
        retried: keys of rows with an unknown outcome whose requests may be sent again with their idempotency keys.
        again: why rows are sent again that were sent before; empty if not. Such a list replaces no earlier one.
    """

    def __init__(
        self,
        rows: StagedRows,
        content: Mapping[str, Any],
        *,
        run: object = None,
        notes: Sequence[str] = (),
        reopened: Sequence[str] = (),
        retried: Collection[str] = (),
        again: str = "",
    ) -> None:
        self._rows, self._used = rows, False
        self.run, self.reopened, self.again = run, reopened, again
        self.content = content
        """What is sent with each row."""
        self.notes = notes
        """What else should be known before it is sent, one line each."""
        self.retried = {row.key or "" for row in self.rows(UNKNOWN) if row.key in retried} if retried else set()
        """Keys of rows with an unknown outcome whose requests are sent again with their idempotency keys."""

    def __iter__(self) -> Iterator[Row]:
        return self._rows.rows()

    def __len__(self) -> int:
        return sum(self._rows.counts().values())

    def __repr__(self) -> str:
        return f"<Plan: {', '.join(f'{count} {state}' for state, count in self.counts.items()) or 'no rows'}>"

    @property
    def counts(self) -> dict[str, int]:
        """Number of rows by state."""
        return self._rows.counts()

    @property
    def to_send(self) -> int:
        """Number of rows that will be sent, including those that failed before."""
        return sum(count for state, count in self.counts.items() if state in TO_SEND) + len(self.retried)

    @property
    def sent_before(self) -> int:
        """Number of rows that were sent before."""
        return sum(count for state, count in self.counts.items() if state in DONE)

    @property
    def result_count(self) -> int:
        """Number of results that sending will yield, if it is not stopped: the total of a progress bar."""
        refused = sum(count for state, count in self.counts.items() if state in PROBLEMS)
        return self.to_send + refused + sum(1 for _ in self.rows_found())

    def rows(self, *states: str) -> Iterator[Row]:
        """Yield the rows in these states."""
        marks = ", ".join("?" * len(states))
        return self._rows.rows(f"state IN ({marks})", *states)

    def rows_found(self) -> Iterator[Row]:
        """Yield the rows that were processed before, which the account says, but not the ledger."""
        return self._rows.rows("found IS NOT NULL")

    def rows_to_send(self) -> Iterator[Row]:
        """Yield the rows that will be sent, those that failed before as the last ones, so that they block no others."""
        for state in TO_SEND:
            yield from self.rows(state)
        yield from (row for row in self.rows(UNKNOWN) if row.key in self.retried)

    @property
    def problems(self) -> Iterator[str]:
        """Problems, one line per row."""
        return (f"Row {row.number}, {row.customer}: {row.problem}." for row in self.rows(*PROBLEMS))

    @property
    def withdrawn(self) -> int:
        """Number of rows of an earlier list that are not on this one, and are not sent any more."""
        return sum(1 for _ in self.withdrawals)

    @property
    def findings(self) -> Iterator[str]:
        """Rows that were processed before, which the account says, but not the ledger, one line each."""
        return (f"Row {row.number}, {row.customer}: {row.state}, says the account." for row in self.rows_found())

    @property
    def withdrawals(self) -> Iterator[str]:
        """Rows of an earlier list that are not on this one, and are not sent any more, one line each."""
        for key, number, name, state in self._absent(*ON_THE_LIST, FAILED):
            yield f"{' '.join(filter(None, (number, name))) or key} ({state})"

    @property
    def undecided(self) -> dict[str, int]:
        """Number of rows by state that may have been sent, including those of an earlier list."""
        absent = Counter(state for *_, state in self._absent(*_MAYBE_SENT))
        return {state: count for state in _MAYBE_SENT if (count := self.counts.get(state, 0) + absent[state])}

    def _absent(self, *states: str) -> Iterator[tuple[str, str | None, str | None, str]]:
        """Yield the key, number, name and state of entries that only earlier lists have, which this one replaces."""
        return iter(()) if self.again else self._rows.absent(*states)

    def check(self, *, strict: bool = False) -> None:
        """Check that the plan can be executed.

        Args:
            strict: whether the plan is refused if any row has a problem, and not only if all rows do.

        Raises:
            PlanError: all rows have problems, or `strict` is true and a row has a problem.
            RunError: the plan was used before.
        """
        if self._used:
            raise RunError("This plan was already used. Create a new plan to continue.")
        refused = sum(count for state, count in self.counts.items() if state in PROBLEMS)
        if refused and (strict or refused == len(self)):
            raise PlanError(f"{refused} of {len(self)} rows cannot be sent; nothing was sent.", [*self.problems])

    def use(self, *, strict: bool = False) -> None:
        """Check the plan, and mark it as used: each plan is sent once."""
        self.check(strict=strict)
        self._used = True

    def listed(self) -> Iterator[dict[str, Any]]:
        """Yield the values of the columns of the ledger for each row."""
        for row in self._rows.rows("state != ?", DUPLICATE):
            yield {
                "key": row.key,
                "state": row.state if row.state in PROBLEMS else TO_DO,
                "row_number": row.number,
                "customer_id": None if row.customer.id is None else str(row.customer.id),
                "customer_number": storable(row.customer.number),
                "customer_name": storable(row.customer.name),
                "customer_email": storable(row.customer.email),
                "created_at": row.created_at,
                "request": json.dumps(row.request),
                "reason": row.reason,
                "attempts": row.attempts,
            }

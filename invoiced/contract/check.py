"""The check of facts, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from invoiced.contract.account import Account
from invoiced.contract.facts import Fact, NotCheckedError, UnexpectedResponseError

HOLDS, DOES_NOT_HOLD, NOT_CHECKED = "holds", "does not hold", "not checked"


class Result(NamedTuple):
    """The result of a check. It contains no data of the account."""

    fact: str
    """ID of the fact."""
    outcome: str
    """`holds`, `does not hold`, or `not checked`."""
    sentence: str
    seen: str
    """What was seen, or why the fact was not checked, in neutral words."""


def check(facts: Iterable[Fact], account: Account) -> Iterator[Result]:
    """Check facts, and yield the result of each."""
    for fact in facts:
        try:
            finding = fact.check(account)
        except NotCheckedError as error:
            outcome, seen = NOT_CHECKED, str(error)
        except UnexpectedResponseError as error:
            outcome, seen = DOES_NOT_HOLD, str(error)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            outcome, seen = NOT_CHECKED, f"a response has an unexpected form ({type(error).__name__})"
        else:
            outcome, seen = HOLDS if finding.holds else DOES_NOT_HOLD, finding.seen
        yield Result(fact.id, outcome, fact.sentence, seen)

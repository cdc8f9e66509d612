"""Rules that one chapter adds to the calls of another, such as the files of an invoice to its creation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from invoiced.emulator.records import records
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.storage.store import RecordId

_STANDARD: Mapping[str, Callable[[Call, Behaviour], Result]] = {"create": records.create, "save": records.update}

After = Callable[[Call, RecordId, Result], Result]
"""What happens after a record was created or changed, in the same transaction. It returns the response."""


def extended(behaviour: Behaviour, resource: str, after: After, verbs: Iterable[str] = ("create", "save")) -> Behaviour:
    """Return a behavior whose calls of these verbs are followed by something."""
    calls = {f"{resource}.{verb}": _followed(behaviour, f"{resource}.{verb}", after) for verb in verbs}
    return behaviour.with_operations(calls)


def _followed(behaviour: Behaviour, name: str, after: After) -> Callable[[Call], Result]:
    special = behaviour.operations.get(name)
    standard = _STANDARD[name.partition(".")[2]]

    def call_both(call: Call) -> Result:
        result = special(call) if special else standard(call, behaviour)
        # The response to a creation has no ID if `exclude` names it.
        record_id = call.ids.get("id") if "id" in call.ids else (result.body or {}).get("id")
        return result if record_id is None else after(call, record_id, result)

    return call_both

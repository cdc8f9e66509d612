"""The sample company in an account: whether there is one, and how one is added, completely or not at all."""

from __future__ import annotations

from invoiced.emulator.api.application import Application
from invoiced.emulator.errors import ApiError
from invoiced.emulator.sample.people import ITEMS, PLANS
from invoiced.emulator.sample.year import Year
from invoiced.emulator.schedule.clock import Clock
from invoiced.emulator.values.times import midnight


def has_sample(application: Application) -> bool:
    """Return whether all that a sample company starts with is there."""
    first = [*(("item", item) for item in ITEMS), *(("plan", plan) for plan in PLANS)]
    return all(application.find(record_type, record_id) for record_type, record_id in first)


def add_sample(application: Application, clock: Clock, *, customers: int, seed: int) -> None:
    """Add a sample company. `ValueError` if it cannot be added; then nothing is changed."""
    if isinstance(customers, bool) or not isinstance(customers, int) or customers < 1:
        raise ValueError(f"invalid number of customers {customers!r} (expected a positive number)")
    end = midnight(int(clock()))
    before = application.snapshot()
    try:
        with clock.lent():
            Year(application.call, clock.set, end=end, customers=customers, seed=seed).run()
    except ApiError as error:
        application.load(before.encode())
        raise ValueError(f"The sample cannot be added to the records that there are: {error.message}") from None

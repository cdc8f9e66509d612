"""Types of values in requests."""

from datetime import date
from decimal import Decimal

Amount = Decimal | float
"""An amount of money in units of its currency: 12.5 USD is twelve dollars and fifty cents."""

Timestamp = int | date
"""A time: a Unix timestamp in seconds, an aware datetime, or a date, which means midnight UTC."""

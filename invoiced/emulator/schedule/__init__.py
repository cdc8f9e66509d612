"""The time of the account."""

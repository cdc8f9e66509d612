"""Customers and what belongs to them: contacts, notes, tasks, balances."""

"""Subscriptions, and the invoices that they make."""

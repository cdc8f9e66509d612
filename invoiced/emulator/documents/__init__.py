"""Invoices, credit notes and estimates, and their lines."""

"""Payments and what pays them: charges, payment sources, credits."""

"""A sample company: a year of its business, made through the API."""

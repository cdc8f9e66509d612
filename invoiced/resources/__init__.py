"""One module per chapter of the API reference."""

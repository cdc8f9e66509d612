"""The API: each request to its rules."""

"""The version, in a module of its own so that setup.py can read it without importing the library."""

VERSION = "4.0.0"

"""The version, alone in its module so that setup.py can read it without importing the library."""

VERSION = "4.0.0"

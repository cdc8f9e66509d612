"""Support for users' own tests. The rest of the library never imports this package."""

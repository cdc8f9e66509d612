"""The plugin of pytest by its other name, for `-p` and `pytest_plugins`."""

from pytest_invoiced import invoiced_client, invoiced_emulator

__all__ = ["invoiced_client", "invoiced_emulator"]

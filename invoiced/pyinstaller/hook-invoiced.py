"""The resources, which are imported when they are first used."""

from PyInstaller.utils.hooks import collect_submodules

hiddenimports = ["invoiced.deadline", "invoiced.webhooks", *collect_submodules("invoiced.resources")]

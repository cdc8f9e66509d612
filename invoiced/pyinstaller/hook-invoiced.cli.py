"""The commands and what they use, which are imported when they run, and the file of their help texts."""

from PyInstaller.utils.hooks import collect_data_files, collect_submodules

DEVELOPMENT = ("invoiced.pyinstaller", "invoiced.testing")
hiddenimports = collect_submodules("invoiced", filter=lambda name: not name.startswith(DEVELOPMENT))
datas = collect_data_files("invoiced.cli")

"""The description of the API, from which the emulator is made, and the fonts of its PDFs."""

from importlib.util import find_spec

from PyInstaller.utils.hooks import collect_data_files, collect_submodules

FONTS = ["pymupdf_fonts"] if find_spec("pymupdf_fonts") else []
hiddenimports = [module for package in FONTS for module in collect_submodules(package)]
datas = collect_data_files("invoiced.emulator")

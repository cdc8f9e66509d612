"""The description of the API, from which the emulator is made, and the fonts of its PDFs."""

from importlib.util import find_spec

from PyInstaller.utils.hooks import collect_data_files

FONTS = [package for package in ("manimgx_fonts", "paperang_p2_fonts_cjk") if find_spec(package)]
hiddenimports = FONTS
datas = [data for package in ("invoiced.emulator", *FONTS) for data in collect_data_files(package)]

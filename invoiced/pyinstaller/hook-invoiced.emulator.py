"""The description of the API, from which the emulator is made."""

from PyInstaller.utils.hooks import collect_data_files

datas = collect_data_files("invoiced.emulator")

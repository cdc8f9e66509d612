from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent

# The lowest versions are those without a known vulnerability that concerns this library: `tox -e audit-lowest`.
TABLES = ["openpyxl>=3.1.2", "xlrd>=2.0.1"]
PDFS = ["pymupdf_fonts>=1.0.5", "reportlab>=4.4.4"]
RUNS = ["platformdirs>=3.0.0", "sqlalchemy>=2.0.31"]

version: dict[str, str] = {}
exec((HERE / "invoiced" / "version.py").read_text(encoding="utf-8"), version)

setup(
    name="invoiced",
    version=version["VERSION"],
    description="Python client for the Invoiced billing API, with an emulator of the API to run it on",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    author="Invoiced",
    license="MIT",
    license_files=["LICENSE"],
    python_requires=">=3.10",
    packages=find_packages(include=["invoiced", "invoiced.*"]),
    py_modules=["pytest_invoiced"],
    package_data={
        "invoiced": ["py.typed"],
        "invoiced.cli": ["*.json"],
        "invoiced.emulator.description": ["*.json"],
        "invoiced.emulator.pages": ["static/*", "templates/*"],
    },
    install_requires=["idna>=3.7", "requests>=2.32.4,<3", "typing_extensions>=4.12.0", "urllib3>=2.6.3,<3"],
    extras_require={
        "emulator": [*PDFS, "jinja2>=3.1.6", "jsonschema>=4.18.0", "waitress>=3.0.1", "werkzeug>=3.0.6"],
        "cli": ["click>=8.1.7", *RUNS, *TABLES, "pypdf>=6.10.2", "rich>=13.7.0"],
        "postgres": [*RUNS, "psycopg[binary]>=3.1.18"],
        "runs": RUNS,
        "speed": ["msgspec>=0.19.0"],
        "tables": TABLES,
    },
    entry_points={
        "console_scripts": ["invoiced = invoiced.cli:main"],
        "pyinstaller40": ["hook-dirs = invoiced.pyinstaller:hook_directories"],
        "pytest11": ["invoiced = pytest_invoiced"],
    },
    classifiers=[
        "Intended Audience :: Developers",
        "Operating System :: OS Independent",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Office/Business :: Financial",
        "Typing :: Typed",
    ],
)

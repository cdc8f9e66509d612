"""The structure of the package: its layers, the size of its modules, and the direction of imports."""

from __future__ import annotations

import ast
import importlib.metadata
import inspect
import re
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

import invoiced
from invoiced.emulator import Emulator
from invoiced.ledger.states import CREATED, STATES, UNCHANGED, UPDATED

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "invoiced"
SOURCES = sorted(PACKAGE.rglob("*.py"))
CORE = sorted(PACKAGE.glob("*.py"))

# The layers of the core, lowest first: a module only imports from lower layers.
LAYERS = [
    {"version", "_compat", "list", "encoding", "filters", "headers", "values", "replaced"},
    {"deadline", "messages"},
    {"errors", "settings", "object", "options"},
    {"connection_errors", "credentials", "retries", "decoding", "pages", "watchers"},
    {"session"},
    {"collection"},
    {"resources.verbs"},
    {"resources.*"},
    {"resources"},
    {"resources.collections"},
    {"client"},
]
# `resources.*` are the modules of the resources and the classes that they are based on. They load each other when a
# call requires it, and at once only for types of parameters.

# The optional packages, and which of the others each may use. The core uses none of them.
OPTIONAL_PACKAGES = {
    "emulator": {"display"},
    "display": set[str](),
    "fast_json": set[str](),
    "files": set[str](),
    "prefetch": set[str](),
    "rate_limit": set[str](),
    "uploads": set[str](),
    "webhooks": {"display"},
    "tables": {"display"},
    "ledger": {"display", "files"},
    "journals": {"display"},
    "runs": {"display", "files", "ledger", "rate_limit", "tables"},
    "downloads": set[str](),
    "statements": {"display", "downloads", "files", "journals", "ledger", "runs", "tables"},
    "imports": {"ledger", "runs", "tables"},
    "contract": set[str](),
    "cli": {
        *{"display", "files", "tables", "ledger", "journals", "runs", "statements", "imports", "emulator", "contract"}
    },
}
# Except that a call that uploads or writes a file, prefetches pages, limits the rate, or shows a record or an error
# loads the package for it, and the first client loads `fast_json`.
LOADED_BY_CALLS = {"display", "fast_json", "files", "prefetch", "rate_limit", "uploads"}
# The emulator is written from the API description, so that a mistake in the core is not repeated in the emulator.
SHARES_NO_CODE_WITH_THE_CORE = {"emulator"}


def lines_of_code(path: Path) -> int:
    """Return the number of lines without blank lines, comments and docstrings."""
    source = path.read_text(encoding="utf-8")
    docstrings = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    return sum(
        1
        for number, line in enumerate(source.splitlines(), start=1)
        if line.strip() and not line.strip().startswith("#") and number not in docstrings
    )


def test_the_core_has_under_1410_lines_of_code() -> None:
    assert sum(map(lines_of_code, CORE)) < 1410


def test_the_environment_lowest_has_the_lowest_supported_versions_of_all_dependencies() -> None:
    bounds = re.findall(r'"(\w+)(?:\[\w+\])?>=([\w.]+)', (ROOT / "setup.py").read_text(encoding="utf-8"))
    versions = re.findall(r"^    (\w+)==([\w.]+)$", (ROOT / "tox.ini").read_text(encoding="utf-8"), re.MULTILINE)
    assert {*versions} == {*bounds}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_has_more_than_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def modules() -> dict[str, Path]:
    """Return the modules of the core and of the resources by name. A package has the name of its folder."""
    paths = [*CORE, *(PACKAGE / "resources").glob("*.py")]
    names = (".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__") for path in paths)
    return {name: path for name, path in zip(names, paths, strict=True) if name != "__init__"}


def layer_of(module: str) -> str:
    """Return the name of a module in `LAYERS`."""
    return module if any(module in layer for layer in LAYERS) else re.sub(r"^resources\.\w+$", "resources.*", module)


def imported_by(module: str) -> Iterator[str]:
    """Yield the modules that a module imports at run time."""
    path = modules()[module]
    package = list(path.relative_to(PACKAGE).parts[:-1])
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            yield ".".join([*package[: len(package) - node.level + 1], node.module or ""])


@pytest.mark.parametrize("layer", range(len(LAYERS)))
def test_modules_only_import_from_lower_layers(layer: int) -> None:
    lower: set[str] = set().union(*LAYERS[:layer])
    for module in (module for module in modules() if layer_of(module) in LAYERS[layer]):
        assert set(map(layer_of, imported_by(module))) - {"resources.*", *LOADED_BY_CALLS} <= lower, module
        assert layer_of(module) == "resources.*" or "resources.*" not in set(map(layer_of, imported_by(module)))


def test_modules_of_resources_do_not_import_each_other_in_a_circle() -> None:
    imports = {module: set(imported_by(module)) for module in modules() if layer_of(module) == "resources.*"}
    while imports:
        free = {module for module, others in imports.items() if not others & imports.keys()}
        assert free, imports.keys()
        imports = {module: others for module, others in imports.items() if module not in free}


def test_every_module_of_the_core_has_a_layer() -> None:
    assert set(map(layer_of, modules())) == set().union(*LAYERS)


DESIGN = ROOT / "docs" / "design.md"


def test_the_design_page_shows_the_layers() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", DESIGN.read_text(encoding="utf-8"), re.MULTILINE)
    assert [(int(number), modules.split(", ")) for number, modules in rows] == [
        (number, sorted(layer)) for number, layer in enumerate(LAYERS, start=1)
    ]


def arrows(picture: str) -> list[tuple[str, str]]:
    """Return the arrows of a diagram: the names at their start and end."""
    source = (ROOT / "docs" / "pictures" / picture).read_text(encoding="utf-8")
    return re.findall(r"(\w+) -> (\w+)", source)


def test_the_diagram_of_the_packages_is_correct() -> None:
    packages = {(package, other) for package, others in OPTIONAL_PACKAGES.items() for other in others}
    core = {
        (package, "core")
        for package in OPTIONAL_PACKAGES
        if "invoiced" in {module for module, _ in imports_of_package(package)}
    }
    assert sorted(arrows("packages.dot")) == sorted(packages | core)


def test_the_diagram_of_the_states_of_a_row_is_complete() -> None:
    source = (ROOT / "docs" / "pictures" / "states_of_a_row.dot").read_text(encoding="utf-8")
    labels = re.findall(r'^  \w+ \[label="([^"]+)"(?!, shape=plaintext)', source, re.MULTILINE)
    states = {label.partition("\\n")[0] for label in labels}
    assert states == {*STATES} - {CREATED, UPDATED, UNCHANGED}  # which imports have in place of `sent`


def test_the_diagram_of_the_life_of_one_call_is_correct() -> None:
    source = (ROOT / "docs" / "pictures" / "life_of_one_call.dot").read_text(encoding="utf-8")
    labels = dict(re.findall(r'(\w+) \[label="([\w.]+)"', source))
    *nodes, _ = [end for _, end in arrows("life_of_one_call.dot")]
    called: list[str] = []

    def record_call(frame: types.FrameType, event: str, _: object) -> None:
        cls = type(frame.f_locals["self"]).__mro__ if "self" in frame.f_locals else ()
        owner = next((base for base in cls if frame.f_code.co_name in vars(base)), None)
        if event == "call":
            called.append(f"{owner.__name__}.{frame.f_code.co_name}" if owner else frame.f_code.co_name)

    with Emulator() as emulator, invoiced.Client("key", base_url=emulator.url) as client:
        sys.setprofile(record_call)
        try:
            client.Customer.create(name="Acme")
        finally:
            sys.setprofile(None)
    expected = [labels[node] for node in nodes]
    assert [name for name in called if name in expected] == expected


def test_importing_the_library_imports_no_optional_package() -> None:
    program = "import sys, invoiced, invoiced.testing.pytest_plugin; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True, cwd=ROOT.parent
    ).stdout.split()
    assert "invoiced.client" in loaded
    servers = {"werkzeug", "waitress", "flask"}
    dependencies = {*servers, "jsonschema", "sqlite3", "click", "rich", "openpyxl", "pypdf", "reportlab"}
    assert not dependencies & set(loaded)
    optional = {f"invoiced.{package}" for package in OPTIONAL_PACKAGES}
    assert not [name for name in loaded if ".".join(name.split(".")[:2]) in optional]


def test_requests_is_imported_by_the_first_client_and_not_by_the_library() -> None:
    program = """if True:
        import sys, invoiced
        assert not {"requests", "urllib3", "email.utils", "concurrent.futures"} & {*sys.modules}
        invoiced.Client("key")
        assert "requests" in sys.modules
        assert issubclass(invoiced.DeadlineAdapter, sys.modules["requests"].adapters.HTTPAdapter)
        assert not hasattr(invoiced, "Adapter")
    """
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, cwd=ROOT.parent)


def imports_of_package(package: str) -> Iterator[tuple[str, list[str]]]:
    """Yield what an optional package imports from the library: the module, and the names imported from it."""
    for path in (PACKAGE / package).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((name.name, []) for name in node.names if name.name.split(".")[0] == "invoiced")
            elif isinstance(node, ast.ImportFrom) and node.level:
                assert node.level == 1, path
                yield f"invoiced.{package}", []
            elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "invoiced":
                yield node.module or "", [name.name for name in node.names]


@pytest.mark.parametrize("package", OPTIONAL_PACKAGES)
def test_an_optional_package_only_uses_public_names_of_the_core_and_allowed_packages(package: str) -> None:
    allowed = {package, *OPTIONAL_PACKAGES[package]}
    for module, names in imports_of_package(package):
        if module == "invoiced":
            assert package not in SHARES_NO_CODE_WITH_THE_CORE
            assert set(names) <= set(invoiced.__all__), names
        else:
            assert module.split(".")[1] in allowed, module


def test_all_lists_the_public_names() -> None:
    invoiced.DeadlineAdapter  # noqa: B018  imported on first access
    public = {
        name
        for name, value in vars(invoiced).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert set(invoiced.__all__) == public | {"__version__"}


@pytest.mark.parametrize("name", [name for name in invoiced.__all__ if inspect.isclass(getattr(invoiced, name))])
def test_everything_public_is_documented(name: str) -> None:
    cls = getattr(invoiced, name)
    assert inspect.getdoc(cls)
    for method, value in vars(cls).items():
        if inspect.isfunction(value) and not method.startswith("_"):
            assert inspect.getdoc(value), f"{name}.{method}"


def test_package_and_changelog_have_the_same_version() -> None:
    assert importlib.metadata.version("invoiced") == invoiced.VERSION == invoiced.__version__
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[{re.escape(invoiced.VERSION)}\]", changelog, re.MULTILINE)


def test_the_package_contains_py_typed() -> None:
    assert Path(inspect.getfile(invoiced)).with_name("py.typed").is_file()

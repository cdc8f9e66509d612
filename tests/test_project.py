"""The house itself: its rooms, their sizes, and which way imports point."""

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
import requests

import invoiced
from invoiced.emulator import Emulator
from invoiced.runs.results import NOT_DONE

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "invoiced"
SOURCES = sorted(PACKAGE.rglob("*.py"))
CORE = sorted(PACKAGE.glob("*.py"))

# The floors of the house, lowest first: a module imports from the floors below its own, and from no other.
FLOORS = [
    {"version", "_compat", "messages", "list", "encoding", "deadline", "credentials"},
    {"errors", "settings", "object"},
    {"connection_errors", "retries", "decoding", "pages", "prefetch"},
    {"session"},
    {"collection"},
    {"resources.verbs", "resources.emails", "resources.payment_sources"},
    {"resources.customer_params"},
    {"resources.contacts"},
    {"resources.customers"},
    {"resources"},
    {"client"},
]


# The optional rooms, and which of the others each may use. The core uses none of them.
ROOMS = {
    "emulator": set[str](),
    "runs": set[str](),
    "statements": {"runs"},
    "imports": {"runs"},
    "cli": {"runs", "statements", "imports", "emulator"},
}
# The emulator is written from the API's description: what is wrong in the core must not be wrong there, too.
SHARES_NO_CODE_WITH_THE_CORE = {"emulator"}


def lines_of_code(path: Path) -> int:
    """Lines without blanks, comments and docstrings."""
    source = path.read_text(encoding="utf-8")
    texts = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    return sum(
        1
        for number, line in enumerate(source.splitlines(), start=1)
        if line.strip() and not line.strip().startswith("#") and number not in texts
    )


def test_the_core_has_under_1050_lines_of_code() -> None:
    assert sum(map(lines_of_code, CORE)) < 1050


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_room_is_crowded(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def modules() -> dict[str, Path]:
    """The modules of the core and the resources by name; a package has the name of its folder."""
    paths = [*CORE, *(PACKAGE / "resources").glob("*.py")]
    names = (".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__") for path in paths)
    return {name: path for name, path in zip(names, paths, strict=True) if name != "__init__"}


def imported_by(module: str) -> Iterator[str]:
    """The modules that a module needs when it is imported."""
    path = modules()[module]
    package = list(path.relative_to(PACKAGE).parts[:-1])
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            yield ".".join([*package[: len(package) - node.level + 1], node.module or ""])


@pytest.mark.parametrize("floor", range(len(FLOORS)))
def test_imports_point_one_way(floor: int) -> None:
    below: set[str] = set().union(*FLOORS[:floor])
    for module in FLOORS[floor]:
        assert set(imported_by(module)) <= below, module


def test_every_module_of_the_core_has_its_floor() -> None:
    assert set(modules()) == set().union(*FLOORS)


DESIGN = ROOT / "docs" / "design.md"


def test_the_page_on_the_design_shows_the_floors() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", DESIGN.read_text(encoding="utf-8"), re.MULTILINE)
    assert [(int(number), modules.split(", ")) for number, modules in rows] == [
        (number, sorted(floor)) for number, floor in enumerate(FLOORS, start=1)
    ]


def drawn(picture: str) -> list[tuple[str, str]]:
    """The arrows of a picture of the site: the names that they lead from and to."""
    source = (ROOT / "docs" / "pictures" / picture).read_text(encoding="utf-8")
    return re.findall(r"(\w+) -> (\w+)", source)


def test_the_picture_of_the_rooms_is_true() -> None:
    used = {(room, other) for room, others in ROOMS.items() for other in others}
    of_the_core = {(room, "core") for room in ROOMS if "invoiced" in {module for module, _ in rooms_used(room)}}
    assert sorted(drawn("rooms.dot")) == sorted(used | of_the_core)


def test_the_picture_of_the_states_of_a_row_has_all_of_them() -> None:
    source = (ROOT / "docs" / "pictures" / "states_of_a_row.dot").read_text(encoding="utf-8")
    states = {label.partition("\\n")[0] for label in re.findall(r'\w+ \[label="([^"]+)", fillcolor', source)}
    assert states | {"not tried"} == {"sent", "started", *NOT_DONE}


def test_the_picture_of_the_life_of_one_call_is_true() -> None:
    source = (ROOT / "docs" / "pictures" / "life_of_one_call.dot").read_text(encoding="utf-8")
    labels = dict(re.findall(r'(\w+) \[label="([\w.]+)"', source))
    _, *stations, _ = ["", *(after for _, after in drawn("life_of_one_call.dot"))]
    passed: list[str] = []

    def note(frame: types.FrameType, event: str, _: object) -> None:
        cls = type(frame.f_locals["self"]).__mro__ if "self" in frame.f_locals else ()
        owner = next((base for base in cls if frame.f_code.co_name in vars(base)), None)
        library = "requests." if owner and owner.__module__.startswith("requests") else ""
        if event == "call":
            passed.append(f"{library}{owner.__name__}.{frame.f_code.co_name}" if owner else frame.f_code.co_name)

    session = requests.Session()
    session.mount("https://", Emulator().adapter())
    with session, invoiced.Client("key", session=session) as client:
        sys.setprofile(note)
        try:
            client.Customer.create(name="Acme")
        finally:
            sys.setprofile(None)
    expected = [labels[station] for station in stations]
    assert [name for name in passed if name in expected] == expected


def test_importing_the_library_loads_no_optional_room() -> None:
    program = "import sys, invoiced, invoiced.testing.pytest_plugin; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True, cwd=ROOT.parent
    ).stdout.split()
    assert "invoiced.client" in loaded
    packages = {"werkzeug", "waitress", "jsonschema", "sqlite3", "flask", "click", "rich", "openpyxl", "pypdf"}
    assert not packages & set(loaded)
    assert not [name for name in loaded if ".".join(name.split(".")[:2]) in {f"invoiced.{room}" for room in ROOMS}]


def test_requests_is_loaded_with_the_first_client_and_not_with_the_library() -> None:
    program = """if True:
        import sys, invoiced
        assert not {"requests", "urllib3", "email.utils", "concurrent.futures"} & {*sys.modules}
        invoiced.Client("key")
        assert "requests" in sys.modules
        assert issubclass(invoiced.DeadlineAdapter, sys.modules["requests"].adapters.HTTPAdapter)
        assert not hasattr(invoiced, "Adapter")
    """
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, cwd=ROOT.parent)


def rooms_used(room: str) -> Iterator[tuple[str, list[str]]]:
    """What the modules of an optional room import of the library: the module, and the names, if they are named."""
    for path in (PACKAGE / room).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((name.name, []) for name in node.names if name.name.split(".")[0] == "invoiced")
            elif isinstance(node, ast.ImportFrom) and node.level:
                assert node.level == 1, path
                yield f"invoiced.{room}", []
            elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "invoiced":
                yield node.module or "", [name.name for name in node.names]


@pytest.mark.parametrize("room", ROOMS)
def test_an_optional_room_uses_the_public_names_of_the_core_and_the_rooms_below(room: str) -> None:
    allowed = {room, *ROOMS[room]}
    for module, names in rooms_used(room):
        if module == "invoiced":
            assert room not in SHARES_NO_CODE_WITH_THE_CORE
            assert set(names) <= set(invoiced.__all__), names
        else:
            assert module.split(".")[1] in allowed, module


def test_all_names_what_is_public() -> None:
    invoiced.DeadlineAdapter  # noqa: B018  it is loaded when it is asked for
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


def test_the_version_is_that_of_the_package_and_of_the_changelog() -> None:
    assert importlib.metadata.version("invoiced") == invoiced.VERSION == invoiced.__version__
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[{re.escape(invoiced.VERSION)}\]", changelog, re.MULTILINE)


def test_the_package_says_that_it_is_typed() -> None:
    assert Path(inspect.getfile(invoiced)).with_name("py.typed").is_file()

"""What a terminal gets: text, and the sequences of rich and click, whatever the API, files and arguments contain."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unicodedata import category
from urllib.parse import urlsplit

import click
import pytest
from conftest import KEY

import invoiced
from invoiced.cli.application import application
from invoiced.cli.discovery import find_collections
from invoiced.cli.output import fields_of
from invoiced.runs.periods import proposed_period

from .conftest import ROOT
from .test_application import COMMANDS, is_group

pty = pytest.importorskip("pty")

SEQUENCES = "\x1b[2J\x1bc\x1b[8m\x1b]0;title\x07\x1b]8;;http://evil\x07\x9b2K\x9d0;x\x9c"
INVISIBLE = "\x00\x7f\x08\r\n\t\x85\xad\u200b\u200f\u202e\u2066\u2028\u2029\u2060\ufeff\U000e0041\ud800"
HOSTILE = f"A{SEQUENCES}B{INVISIBLE}C[/red][bold]:smile:" + "\u0301" * 12

# What rich and click write: colors (not \x1b[8m, which conceals), moves of the cursor in a line, and the cursor itself.
OWN_SEQUENCES = re.compile(
    r"\x1b\[(?:0|1|2|3[0-9]|38;5;\d+|38;2;\d+;\d+;\d+|90|1;3\d|\d;\d\d)?m|\x1b\[[0-9]*[AK]|\x1b\[\?25[lh]|\r"
)

PROGRAM = """
import json, sys
from invoiced.cli.streams import prepare_streams
from invoiced.cli.tracebacks import print_traceback
prepare_streams()
from invoiced.cli.application import application
for arguments in json.load(open(sys.argv[1])):
    print("$", ascii(arguments), flush=True)
    try:
        application().main(arguments, prog_name="invoiced")
    except SystemExit:
        pass
    except Exception as error:
        print_traceback(type(error), error, None)
"""


def controls_in(shown: str) -> list[str]:
    """Return the characters that are neither text nor part of rich's own sequences, with what is around them."""
    rest = OWN_SEQUENCES.sub("", shown)
    bad = [place for place, c in enumerate(rest) if not (c.isprintable() or c == "\n" or category(c) == "Zs")]
    return [ascii(rest[max(place - 200, 0) : place + 40]) for place in bad[:3]]


Respond = Callable[[str, str], tuple[int, object]]


@cache
def fields_at(name: str) -> list[str]:
    """Return the names of the fields of the records at a path that ends in a name."""
    records = [info.record for info in find_collections(invoiced.Client)]
    return next((fields_of(record) for record in records if record._path == name), ["name", "email", "message"])


def record(method: str, path: str) -> tuple[int, object]:
    """Return the status and the body of a response in which every text is hostile."""
    words = urlsplit(path).path.strip("/").split("/")
    fields: dict[str, object] = {
        **dict.fromkeys(fields_at(next((word for word in reversed(words) if not word.isdigit()), "")), HOSTILE),
        HOSTILE: HOSTILE,
        "metadata": {HOSTILE: HOSTILE},
    }
    fields["created_at"] = 1700000000
    if method == "GET" and len(words) % 2:
        return 200, [{**fields, "id": 1}]
    if method == "POST" and words[-1] in ("emails", "text_messages"):
        return 201, [{**fields, "id": 9, "state": "rejected", "reject_reason": HOSTILE}]
    id = next((int(word) for word in reversed(words) if word.isdigit()), HOSTILE)
    return 200, {**fields, "id": id, "statement_pdf_url": f"https://a{SEQUENCES}\u202e.example/x"}


def failure(method: str, path: str) -> tuple[int, object]:
    """Return the status and the body of an error."""
    return 400, {"type": HOSTILE, "message": HOSTILE, "param": HOSTILE}


def failure_without_message(method: str, path: str) -> tuple[int, object]:
    """Return an error without a message, so that the reason phrase is shown."""
    return 418, {}


def failure_of_writes(method: str, path: str) -> tuple[int, object]:
    """Return records, and errors for writes."""
    return record(method, path) if method == "GET" else failure(method, path)


@pytest.fixture
def api() -> Iterator[Callable[[Respond], str]]:
    """Start a server that responds with these bodies, and return its URL."""
    servers = []

    def start(respond: Respond) -> str:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, value = respond(self.command, self.path)
                body = json.dumps(value).encode()
                self.send_response(status, "No \x1b[2J\x9b2K\x07 reason")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                if isinstance(value, list):
                    self.send_header("X-Total-Count", str(len(value)))
                    self.send_header("Link", '<http://127.0.0.1/?page=1>; rel="self"')
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_PATCH = do_PUT = do_DELETE = do_GET

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def on_terminal(tmp_path: Path) -> Callable[..., str]:
    """Run commands with a terminal as stdin, stdout and stderr, and return what it got."""

    def run(*commands: Sequence[object], typed: str = "", **environment: str) -> str:
        (tmp_path / "commands.json").write_text(json.dumps([[*map(str, words)] for words in commands]))
        reader, writer = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "commands.json"],
            cwd=tmp_path,
            env={
                **os.environ, "PYTHONPATH": str(ROOT), "INVOICED_API_KEY": KEY, "TERM": "xterm-256color",
                "COLUMNS": "200", "PYTHONUTF8": "1", **environment,
            },
            stdin=writer, stdout=writer, stderr=writer, start_new_session=True,
        )  # fmt: skip
        os.close(writer)
        os.write(reader, typed.encode())
        parts = list[bytes]()
        while True:
            try:
                part = os.read(reader, 65536)
            except OSError:  # Linux: the other end is closed
                break
            if not part:
                break
            parts.append(part)
        os.close(reader)
        shown = b"".join(parts).decode("utf-8")
        assert process.wait(timeout=60) == 0, shown[-2000:]
        return shown

    return run


def examples() -> Iterator[list[str]]:
    """Yield the example of each command, without those that have a test of their own."""
    for words in COMMANDS:
        if is_group(words) or words[0] in ("emulator", "demo", "statements") or words == ("contacts", "import"):
            continue
        command: click.Command = application()
        for word in words:
            assert isinstance(command, click.Group)
            found = command.get_command(click.Context(command), word)
            assert found
            command = found
        line = str(command.epilog).removeprefix("\b\n").splitlines()[0]
        yield shlex.split(line.removeprefix("Example: invoiced "))


EXAMPLES = list(examples())


@pytest.mark.parametrize("respond", [record, failure, failure_without_message])
def test_no_command_shows_control_characters_of_the_api(
    on_terminal: Callable[..., str], api: Callable[[Respond], str], tmp_path: Path, respond: Respond
) -> None:
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.7")
    shown = on_terminal(*EXAMPLES, INVOICED_BASE_URL=api(respond))
    assert shown.count("$ [") == len(EXAMPLES)
    assert r"\x1b[2J" in shown
    assert not controls_in(shown)


@pytest.mark.parametrize("respond", [record, failure])
@pytest.mark.parametrize("output", ["table", "json", "jsonl", "csv"])
def test_no_format_shows_control_characters_and_json_stays_exact(
    on_terminal: Callable[..., str], api: Callable[[Respond], str], output: str, respond: Respond
) -> None:
    columns = (
        f"id,name,metadata,{HOSTILE[:-12]}".encode(errors="replace").decode().replace("\x00", "").replace(",C", "")
    )
    commands = [
        ["customers", "list", "--output", output],
        ["customers", "get", 1, "--output", output, "--debug"],
        ["customers", "list", "--output", output, "--columns", "id,name,metadata"],
        ["customers", "list", "--output", output, "--columns", columns],
    ]
    shown = on_terminal(*commands, INVOICED_BASE_URL=api(respond))
    assert not controls_in(shown)
    if respond is record and output == "jsonl":
        line = next(line for line in shown.splitlines() if line.startswith('{"id": 1, "name"'))
        assert json.loads(line)["name"] == HOSTILE.replace("\ud800", "?")
    if respond is failure:
        assert "Traceback (most recent call last):" in shown


def test_no_argument_file_or_variable_shows_control_characters(
    on_terminal: Callable[..., str], api: Callable[[Respond], str], tmp_path: Path
) -> None:
    name = f"x{SEQUENCES}{INVISIBLE}".replace("\x00", "").replace("/", "").replace("\ud800", "")
    (tmp_path / f"{name}.csv").write_text(f"number,{name}\n{HOSTILE.replace(chr(0xD800), '')},1\n", encoding="utf-8")
    (tmp_path / f"{name}.bad").write_text(f"a,b\n{name},2\n", encoding="utf-8")
    (tmp_path / name).write_text(name, encoding="utf-8")
    commands = [
        [name], ["customers", name], ["customers", "get", name], ["customers", "get", name, "--debug"],
        ["customers", "list", "--sort", name], ["customers", "list", "--columns", name],
        ["customers", "list", f"--{name}"], ["customers", "list", "--output", name],
        ["customers", "list", "--metadata", name], ["customers", "create", "--metadata", f"@{name}"],
        ["customers", "create", "--name", "A", "--metadata", f"@no{name}"],
        ["customers", "create", "--field", name], ["customers", "create", "--field", f"cvc={name}"],
        ["customers", "delete", name], ["customers", "list", "--api-key-file", name],
        ["charges", "create", "--customer", name, "--cvc", name],
        ["invoices", "pdf", "7", "--file", name], ["invoices", "pdf", "7", "--file", f"no/{name}"],
        ["emulator", name], ["emulator", "--host", name], ["emulator", "--port", name],
        ["emulator", "--data", f"no/{name}"],
        ["emulator", "--health", "--port", "1", "--host", name], ["emulator", "--port", "0", "--load", name],
        ["statements", "send", "2026-11", f"{name}.csv", "--dry-run", "--debug"],
        ["statements", "send", "2026-11", f"{name}.bad", "--debug"], ["statements", "send", "2026-11", f"no{name}"],
        ["statements", "send", name, name], ["statements", "send", "2026-11", "--run", name],
        ["statements", "send", "2026-11", f"{name}.csv", "--by", name],
        ["statements", "send", "2026-11", f"{name}.csv", "--sheet", name],
        ["statements", "send", "2026-11", "--again", name, "--reason", name, "--dry-run"],
        ["statements", "send", "2026-11", "--all", "--subject", name, "--message", name, "--template", name,
         "--to", "a@example.com", "--dry-run"],
        ["statements", "send", "2026-11", "--all", "--archive", name, "--to", name, "--test", name],
        ["statements", "send", "2026-11", "--all", "--result", f"no/{name}"],
        ["contacts", "import", f"{name}.csv", "--dry-run"], ["contacts", "import", f"{name}.bad", "--encoding", name],
        ["statements", "download", "2026-11", f"{name}.csv", "--to", name],
        ["statements", "download", "2026-11", "--all", "--to", f"to{name}"], ["statements", "download", name, "--all"],
        ["statements", "download", "2026-11", "--all", "--to", f"o{name}", "--merge", name, "--allow-missing"],
    ]  # fmt: skip
    shown = on_terminal(*commands, typed="\n", INVOICED_BASE_URL=api(record))  # for the period of a download
    assert shown.count("$ [") == len(commands)
    assert not controls_in(shown)
    for variable in ("INVOICED_BASE_URL", "INVOICED_SANDBOX", "INVOICED_API_KEY", "HTTP_PROXY"):
        value = name.replace("\r", "") if variable == "INVOICED_API_KEY" else f"https://u:secret@{name}"
        shown = on_terminal(
            ["customers", "get", 1, "--debug"], **{"INVOICED_BASE_URL": "http://localhost:1", variable: value}
        )
        assert not controls_in(shown)
        assert "secret" not in shown or variable == "INVOICED_SANDBOX"


@pytest.mark.parametrize("respond", [record, failure_of_writes])
def test_no_run_shows_control_characters(
    on_terminal: Callable[..., str], api: Callable[[Respond], str], tmp_path: Path, respond: Respond
) -> None:
    contacts = "customer_id,email,name\n1,a@example.com,x\x1b[2J\x9b\u202e\n2,b@example.com,y\n"
    (tmp_path / "contacts.csv").write_text(contacts, encoding="utf-8")
    invoices = "reference,customer_id,name,unit_cost\nA\u202e,1,x,1\nA-1,1,x\x1b[2J\x9b,5\nA-2,1,x,5\x9b\n"
    (tmp_path / "invoices.csv").write_text(invoices, encoding="utf-8")
    fast = ["--rate", 1000]
    commands = [
        ["statements", "send", "2026-11", "--all", "--dry-run", "--owed", "--to", "a@example.com", *fast],
        ["statements", "send", "2026-11", "--all", "--to", "a@example.com", *fast, "--debug"],
        ["statements", "send", "2026-12", "--all", "--to", "a@example.com", *fast],
        ["statements", "send", "2026-11", "--all", "--to", "a@example.com", "--test", "b@example.com", *fast],
        ["contacts", "import", "contacts.csv", "--source", "crm", "--yes", *fast],
        ["contacts", "import", "contacts.csv", "--source", "c\x9b2K", "--yes", *fast],
        ["invoices", "import", "invoices.csv", "--dry-run"],
        ["invoices", "import", "invoices.csv", "--yes", *fast],
        ["statements", "download", "2026-11", "--all", "--to", "d", "--merge", "d.pdf", *fast],
        ["demo"],
    ]
    shown = on_terminal(*commands, typed="1\ny\n1\n", INVOICED_BASE_URL=api(respond))
    assert shown.count("Type 1 to confirm") >= 2
    assert "Not confirmed" in shown
    assert "failed" in shown
    assert not controls_in(shown)


@pytest.mark.parametrize("url", ["https://a[b", "https://[::1", "https://a]b/", 5, ["a"], None, "x"])
def test_a_statement_url_that_is_none_ends_no_command(
    on_terminal: Callable[..., str], api: Callable[[Respond], str], url: object
) -> None:
    def respond(method: str, path: str) -> tuple[int, object]:
        customer = {
            "id": 1,
            "name": "Acme [b]",
            "email": "a@example.com",
            "created_at": 1700000000,
            "statement_pdf_url": url,
        }
        if method == "POST":
            return 201, [{"id": 9, "state": "sent", "email": "a@example.com"}]
        return 200, [customer] if path.startswith("/customers?") else customer

    send = ["statements", "send", "--all", "--rate", 1000]
    shown = on_terminal(send, typed="2026-11\n1\n", INVOICED_BASE_URL=api(respond))
    assert f"Period [{proposed_period(date.today())}]: " in shown
    assert "Send 1 statement at 127.0.0.1? Type 1 to confirm: " in shown
    assert "1 sent" in shown


def test_a_cell_takes_a_bounded_number_of_combining_marks_and_characters(
    on_terminal: Callable[..., str], api: Callable[[Respond], str]
) -> None:
    def respond(method: str, path: str) -> tuple[int, object]:
        return 200, [{"id": 1, "name": "e" + "\u0301" * 10_000, "number": "日" * 10_000, "notes": "\u200b" * 10_000}]

    shown = on_terminal(["customers", "list", "--columns", "id,name,number,notes"], INVOICED_BASE_URL=api(respond))
    assert len(shown) < 2000
    assert shown.count("\u0301") <= 8


def test_a_programming_error_is_escaped_as_well(on_terminal: Callable[..., str], tmp_path: Path) -> None:
    program = """if True:
        import sys, click
        from invoiced.cli import application, main
        def fail(*_):
            try:
                raise KeyError("a\\x1b[2J")
            except KeyError as error:
                raise RuntimeError("b\\x9b\\n  File forged\\u202e") from error
        application.application = fail
        main()
    """
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", cwd=ROOT)
    assert process.returncode == 1
    assert not controls_in(process.stderr)
    assert "\nRuntimeError: b\\x9b   File forged\\u202e\n" in process.stderr
    assert process.stderr.count("Traceback (most recent call last):") == 2


def test_commands_print_messages_with_print_line() -> None:
    """Otherwise, a pipe or a log could get control characters. A terminal gets none in any case."""
    own_texts = {
        "click.echo(": {"demo.py", "lazy_group.py"},
        " print(": {"__init__.py", "confirmation.py", "errors.py", "streams.py", "tracebacks.py"},
        "stdout.write(": {"output.py"},
    }
    for path in (ROOT / "invoiced" / "cli").glob("*.py"):
        for call, names in own_texts.items():
            assert call not in path.read_text(encoding="utf-8") or path.name in names, (path.name, call)

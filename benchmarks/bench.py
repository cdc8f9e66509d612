"""The benchmark environment: servers on one CPU, clients on another, and rounds in which all clients take turns."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import certifi
import trustme
from contestants import CONTESTANTS, KEY
from samples import Samples
from servers import CUSTOMERS, free_port, nginx_command, prepared_command, wait_for

HERE = Path(__file__).parent
BARE, AGAIN, OURS, OLDER = list(CONTESTANTS)[:4]
CALLS = {"retrieve": 200, "page": 60, "create": 150, "save": 150, "client": 50, "threads": 15}
SHORT = "http, short headers"
"""Server in Python, whose responses have two headers, where those of nginx have six more."""
SERVERS = ("http", "https", SHORT)
VARIABLES = 30  # environment variables, which requests reads on each call
STATEMENTS = {
    "bare Python": "pass",
    BARE: "import requests",
    AGAIN: "import requests",
    OURS: "import invoiced",
    OLDER: "import invoiced",
    "with a client": "import invoiced; invoiced.Client('key')",
    "with client.Invoice": "import invoiced; invoiced.Client('key').Invoice",
    "stripe": "import stripe",
    "this library, with msgspec": "import invoiced, msgspec",
    "httpx.Client": "import httpx",
    "httpx2.Client": "import httpx2",
    "urllib3.PoolManager": "import urllib3",
    "http.client, kept alive": "import http.client",
}
COMMANDS = ("--help", "customers list --limit 100", "invoices list --limit 100")
CPUS = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def use_cpu(which: int) -> None:
    """Assign a CPU to this process and its new child processes, if there are two and the system supports it."""
    if len(CPUS) > 1:
        os.sched_setaffinity(0, {CPUS[which]})


class Contestant:
    """A process that measures the calls of a client."""

    def __init__(self, process: subprocess.Popen[str], name: str) -> None:
        self._process, self._name = process, name
        self.works: list[str] = self._read()

    def seconds(self, work: str, server: str, calls: int) -> dict[str, float]:
        """Return CPU and wall time per call; for "threads", for this number of calls of each thread."""
        pipe: IO[str] = self._process.stdin  # type: ignore[assignment]
        pipe.write(json.dumps([work, server, calls]) + "\n")
        pipe.flush()
        seconds: dict[str, float] = self._read()
        return seconds

    def _read(self) -> Any:
        pipe: IO[str] = self._process.stdout  # type: ignore[assignment]
        if not (line := pipe.readline()):
            raise RuntimeError(f"{self._name} ended")
        return json.loads(line)


class Bench:
    """Servers and clients. `server` describes the server. Processes and files are removed when the stack closes."""

    def __init__(self, stack: ExitStack, *, quick: bool) -> None:
        self.generations, self.rounds = (2, 3) if quick else (10, 4)
        self.starts, self.customers = (10, CUSTOMERS // 10) if quick else (40, CUSTOMERS)
        self._stack, self._folder = stack, Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self._older = self._install_older()
        use_cpu(0)
        certificate, bundle = self._certify()
        port, tls_port, list_port = free_port(), free_port(), free_port()
        nginx = nginx_command(self._folder, port, tls_port, certificate)
        if nginx:
            self._start(nginx, port, tls_port)
            self.server = subprocess.run([nginx[0], "-v"], capture_output=True, text=True).stderr.split()[-1]
        else:
            self._start(prepared_command(port), port)
            self._start(prepared_command(tls_port, certificate), tls_port)
            self.server = "in Python"
        self._start(prepared_command(list_port), list_port)
        self._servers = {
            "http": f"http://localhost:{port}",
            "https": f"https://localhost:{tls_port}",
            SHORT: f"http://localhost:{list_port}",
        }
        self._list_url = f"http://localhost:{list_port}"
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH") if name in os.environ}
        environment |= {"REQUESTS_CA_BUNDLE": str(bundle), "SSL_CERT_FILE": str(bundle)}
        padding = {f"VARIABLE_{number}": "value" for number in range(VARIABLES - len(environment))}
        self._environment = environment | padding
        use_cpu(-1)

    def _install_older(self) -> str:
        """Install invoiced 3.0.0, with the same requests and urllib3, and return its Python."""
        python = self._folder / "older" / "bin" / "python"
        same = [f"{name}=={version(name)}" for name in ("requests", "urllib3")]
        subprocess.run([sys.executable, "-m", "venv", str(python.parents[1])], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-qq", OLDER.replace(" ", "=="), *same], check=True)
        return str(python)

    def _certify(self) -> tuple[Path, Path]:
        """Return a certificate for localhost, and a bundle with its authority and the usual authorities."""
        authority, certificate = trustme.CA(), self._folder / "certificate.pem"
        authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(certificate))
        bundle = self._folder / "bundle.pem"
        bundle.write_bytes(Path(certifi.where()).read_bytes() + authority.cert_pem.bytes())
        return certificate, bundle

    def _start(self, command: list[str], *ports: int) -> None:
        process = self._stack.enter_context(subprocess.Popen(command))
        self._stack.callback(process.terminate)
        wait_for(ports, process)

    def _python(self, name: str) -> str:
        return self._older if name == OLDER else sys.executable

    def calls(self) -> dict[tuple[str, str, str, str], Samples]:
        """Return seconds per call, by contestant, work, server and clock.

        Two processes of the same program differ by a few percent, so the processes are restarted several times.
        """
        samples: dict[tuple[str, str, str, str], Samples] = {}
        for _ in range(self.generations):
            with ExitStack() as stack:
                contestants = {name: self._contestant(stack, name) for name in CONTESTANTS}
                for work, calls in CALLS.items():
                    having = {name: contestant for name, contestant in contestants.items() if work in contestant.works}
                    for server in ("http",) if work in ("client", "threads") else SERVERS:
                        for key, seconds in self._in_turns(having, work, server, calls):
                            samples.setdefault(key, []).append(seconds)
        return samples

    def _in_turns(
        self, contestants: Mapping[str, Contestant], work: str, server: str, calls: int
    ) -> Iterator[tuple[tuple[str, str, str, str], float]]:
        for turn in range(self.rounds + 1):
            for name in random.sample(list(contestants), len(contestants)):
                slow = name == OLDER and server == "https"  # it connects again for each call
                seconds = contestants[name].seconds(work, server, calls // 10 if slow else calls)
                for clock in seconds if turn else ():  # the first round is a warm-up
                    yield (name, work, server, clock), seconds[clock]

    def _contestant(self, stack: ExitStack, name: str) -> Contestant:
        servers = [f"{server}={url}" for server, url in self._servers.items()]
        command = [self._python(name), str(HERE / "contestants.py"), name, *servers]
        pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        return Contestant(stack.enter_context(subprocess.Popen(command, env=self._environment, **pipes)), name)

    def starts_of_python(self) -> dict[str, Samples]:
        """Return the milliseconds of the processes that run these statements and commands."""
        commands = {name: [self._python(name), "-c", statement] for name, statement in STATEMENTS.items()}
        commands |= {name: [sys.executable, "-m", "invoiced.cli", *name.split()] for name in COMMANDS}
        samples: dict[str, Samples] = {name: [] for name in commands}
        for turn in range(self.starts + 1):
            for name, command in random.sample(list(commands.items()), len(commands)):
                started = time.perf_counter()
                self._run(command)
                samples[name] += [(time.perf_counter() - started) * 1000] * bool(turn)
        return samples

    def alone(self, name: str, customers: int = 0) -> tuple[Samples, str]:
        """Return a measurement of this library alone, and the error message if it failed."""
        command = [sys.executable, str(HERE / "measurements.py"), name, self._list_url, str(customers)]
        try:
            samples: Samples = json.loads(self._run(command))
        except RuntimeError as error:
            return [], str(error)
        return samples, ""

    def _run(self, command: list[str]) -> str:
        """Run a command in a folder without modules, so that the installed library is imported."""
        account = {"INVOICED_API_KEY": KEY, "INVOICED_BASE_URL": self._list_url}
        environment = {**self._environment, **account}
        process = subprocess.run(command, env=environment, cwd=self._folder, capture_output=True, text=True)
        if process.returncode:
            raise RuntimeError((process.stderr.strip() or f"status {process.returncode}").splitlines()[-1])
        return process.stdout

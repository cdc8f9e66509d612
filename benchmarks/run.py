"""Benchmark of this library against other clients and the same work by hand: tox -e bench, or python benchmarks/run.py

In each round, all clients take turns, so that disturbances affect them equally; ratios are computed per round. The
reference client runs twice (A/A): the deviation of this ratio from 1 is the noise. A full run, without --quick, writes
RESULTS.md. The exit status is 1 if a target is missed by more than the noise.
"""

from __future__ import annotations

import argparse
import os
import ssl
import sys
from contextlib import ExitStack
from datetime import date
from importlib.metadata import version

from bench import AGAIN, BARE, COMMANDS, CPUS, HERE, OLDER, OURS, SERVERS, VARIABLES, Bench
from contestants import CONTESTANTS, THREADS
from samples import Samples, Target, differences, middle, noise, ratios, spread, table

COMPARED = [(work, server) for work in ("retrieve", "page", "create", "save") for server in SERVERS]
LIMITS = {"retrieve": (0.46, 0.40), "page": (0.75, None), "create": (0.52, None), "save": (0.52, None)}
LIBRARIES = ("requests", "urllib3", "httpx", "httpx2", "msgspec", "stripe")
PARSED = "this library, with msgspec"
OLDER_LIMITS = {("retrieve", "https"): 0.1, ("page", "http"): 0.25, ("page", "https"): 0.25}


class Results:
    """The measurements of all clients."""

    def __init__(self, bench: Bench) -> None:
        self._starts, self._seconds = bench.starts_of_python(), bench.calls()
        self.noise = noise(self.ratio(AGAIN, "retrieve", "http", "wall"), 1)
        self.start_noise = noise(self.start(AGAIN), 1)

    def ratio(self, name: str, work: str, server: str, clock: str = "cpu", other: str = BARE) -> Samples:
        return ratios(self._seconds[name, work, server, clock], self._seconds[other, work, server, clock])

    def start(self, name: str, *, beyond: str = "bare Python", other: str = BARE) -> Samples:
        """Return what a process takes beyond another, relative to what `other` takes beyond bare Python."""
        return [self._milliseconds(name, beyond) / self._milliseconds(other)]

    def _milliseconds(self, name: str, beyond: str = "bare Python") -> float:
        # The minimum of many starts is the time of a start that nothing disturbed.
        return min(self._starts[name]) - min(self._starts[beyond])

    def table(self) -> str:
        header = ["client CPU, ratio", *map(", ".join, COMPARED), "import"]
        return table(header, [[name, *self._cells(name)] for name in CONTESTANTS])

    def _cells(self, name: str) -> list[str]:
        cells = []
        for work, server in COMPARED:
            if (name, work, server, "cpu") not in self._seconds:
                cells.append("")
            elif name == BARE:
                cells.append(f"1 ({middle(self._seconds[name, work, server, 'cpu']) * 1e6:.0f} us)")
            else:
                ratio = self.ratio(name, work, server)
                cells.append(f"{middle(ratio):.2f} ± {spread(ratio):.2f}")
        start = f"1 ({self._milliseconds(name):.0f} ms)" if name == BARE else f"{middle(self.start(name)):.2f}"
        return [*cells, start]


def targets_of_calls(results: Results) -> list[Target]:
    targets = []
    for work, server in COMPARED:
        ours, again = (results.ratio(name, work, server) for name in (OURS, AGAIN))
        (limit, stretch), name = LIMITS[work], f"{work}, {server}"
        targets.append(Target(f"{name}: CPU relative to bare requests", limit, ours, limit * noise(again, 1), stretch))
        if work == "retrieve":
            apart, apart_again = (
                differences(results.ratio(client, work, server, "wall"), cpu)
                for client, cpu in ((OURS, ours), (AGAIN, again))
            )
            targets.append(Target(f"{name}: wall ratio minus CPU ratio", 0.03, apart, noise(apart_again, 0)))
        if limit := OLDER_LIMITS.get((work, server), 0):
            ours = results.ratio(OURS, work, server, other=OLDER)
            targets.append(Target(f"{name}: CPU relative to invoiced 3.0.0", limit, ours, limit * results.noise))
    for server in SERVERS:
        parsed, again = (results.ratio(name, "page", server) for name in (PARSED, AGAIN))
        targets.append(Target(f"page, {server}, with msgspec", 0.6, parsed, 0.6 * noise(again, 1)))
    ours, again = (results.ratio(name, "threads", "http", "wall") for name in (OURS, AGAIN))
    targets.append(
        Target(f"{THREADS} threads with one client: wall relative to a session each", 1, ours, noise(again, 1))
    )
    ours, again = (results.ratio(name, "client", "http") for name in (OURS, AGAIN))
    targets.append(Target("creating a client: CPU relative to a session by hand", 1.3, ours, 1.3 * noise(again, 1)))
    return targets


def targets_of_starts(results: Results) -> list[Target]:
    help_, customers, invoices = COMMANDS
    measured = {
        "import invoiced": (0.4, results.start(OURS)),
        "creating the first client, with requests imported": (0.4, results.start("with a client", beyond=BARE)),
        "first use of client.Invoice": (0.2, results.start("with client.Invoice", beyond="with a client")),
        "invoiced --help": (0.8, results.start(help_)),
    }
    targets = [
        Target(f"{name}: wall relative to import requests", limit, samples, limit * results.start_noise)
        for name, (limit, samples) in measured.items()
    ]
    lists, allowed = results.start(invoices, other=customers), 1.1 * results.start_noise
    return [*targets, Target("invoiced invoices list: wall relative to customers list", 1.1, lists, allowed)]


def targets_alone(bench: Bench, usual_noise: float) -> list[Target]:
    def target(title: str, limit: float, name: str, customers: int = 0, noise: float = usual_noise) -> Target:
        samples, problem = bench.alone(name, customers)
        return Target(title, limit, samples, limit * noise, problem=problem)

    (objects, problem), (dicts, _) = bench.alone("memory_of_objects", 100_000), bench.alone("memory_of_dicts", 100_000)
    memory = ratios(objects, dicts) if objects and dicts else []
    total = bench.customers
    return [
        target("building objects: CPU relative to parsing their JSON", 0.13, "building", 100_000),
        Target("memory of 100,000 customers relative to plain dicts", 1.05, memory, problem=problem),
        target("memory of the first use of customers relative to all resources", 0.25, "memory_of_customers", noise=0),
        target(f"all() over {total:,} customers: memory relative to by hand", 1.5, "whole_list", total, noise=0),
        target("all(): CPU relative to list() page by page", 1.1, "whole_list_by_page", 100_000),
        target("CPU of a call once all resources are used, relative to before", 1.05, "calls_with_all_resources"),
        target(f"CPU of a call of {THREADS} threads, relative to one thread", 1.05, "calls_in_threads", THREADS),
        target(f"CPU of a call after {total:,} calls, relative to the first ones", 1.05, "late_calls", total),
        target("memory after 100,000 calls, relative to the first ones", 1.05, "memory_of_calls", 100_000, noise=0),
        target("all(prefetch=True), sleeping consumer, relative to the ideal", 1.05, "prefetch_sleeping"),
        target("all(prefetch=True), computing consumer, relative to the ideal", 1.25, "prefetch_computing"),
    ]


def report(bench: Bench, results: Results, targets: list[Target]) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    assignment = "clients and servers on separate CPUs" if len(CPUS) > 1 else "not assigned"
    client = middle(results.ratio(OLDER, "client", "http"))
    return f"""# Results of the benchmark

- {date.today()}, `tox -e bench`
- Python {sys.version.split()[0]}, {ssl.OPENSSL_VERSION}
- {versions}
- server {bench.server}; {os.cpu_count()} CPUs, {assignment}; {VARIABLES} environment variables
- medians of {bench.generations * bench.rounds} rounds in {bench.generations} processes each, ± half the \
interquartile range
- imports and commands: minimum of {bench.starts} starts, without that of bare Python

{results.table()}

Creating a client of invoiced 3.0.0 takes {client:.1f} times as long as a session by hand.

{table(["target", "limit", "measured", "noise", "met"], [target.row() for target in targets])}

{(HERE / "gains.md").read_text()}"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare this library with other clients.")
    parser.add_argument("--quick", action="store_true", help="a minute or two; writes no file")
    quick = parser.parse_args().quick
    with ExitStack() as stack:
        bench = Bench(stack, quick=quick)
        results = Results(bench)
        targets = [*targets_of_calls(results), *targets_of_starts(results), *targets_alone(bench, results.noise)]
        text = report(bench, results, targets)
    print(text)
    if not quick:
        (HERE / "RESULTS.md").write_text(text)
    return int(any(target.missed for target in targets))


if __name__ == "__main__":
    sys.exit(main())

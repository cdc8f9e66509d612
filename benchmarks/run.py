"""Benchmark of this library against other clients and the same work by hand: tox -e bench, or python benchmarks/run.py

In each round, all clients take turns, so that disturbances affect them equally; ratios are computed per round. The
reference takes part twice (A/A): the deviation of their ratio from 1 is the noise. A full run, without --quick, writes
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

from bench import AGAIN, BARE, CPUS, HERE, OLDER, OURS, VARIABLES, Bench
from contestants import CONTESTANTS, THREADS
from samples import Samples, Target, differences, middle, noise, ratios, spread, table

COMPARED = [(work, scheme) for work in ("retrieve", "page", "create", "save") for scheme in ("http", "https")]
LIMITS = {"retrieve": (0.62, 0.55), "page": (0.88, 0.80), "create": (0.70, None), "save": (0.70, None)}
OLDER_LIMITS = {("retrieve", "https"): 0.1, ("page", "http"): 0.25, ("page", "https"): 0.25}


class Results:
    """The measurements of all clients."""

    def __init__(self, bench: Bench) -> None:
        self._seconds, self._starts = bench.calls(), bench.starts_of_python()
        self.noise = noise(self.ratio(AGAIN, "retrieve", "http", "wall"), 1)
        self.start_noise = noise(self.start(AGAIN), 0)

    def ratio(self, name: str, work: str, scheme: str, clock: str = "cpu", other: str = BARE) -> Samples:
        return ratios(self._seconds[name, work, scheme, clock], self._seconds[other, work, scheme, clock])

    def start(self, name: str, other: str = "bare") -> Samples:
        return differences(self._starts[name], self._starts[other])

    def microseconds(self, name: str, work: str, scheme: str = "http") -> Samples:
        return [seconds * 1e6 for seconds in self._seconds[name, work, scheme, "cpu"]]

    def table(self) -> str:
        header = ["client CPU, ratio", *map(", ".join, COMPARED), "import, ms above bare Python"]
        return table(header, [[name, *self._cells(name)] for name in CONTESTANTS])

    def _cells(self, name: str) -> list[str]:
        cells = []
        for work, scheme in COMPARED:
            if (name, work, scheme, "cpu") not in self._seconds:
                cells.append("")
            elif name == BARE:
                cells.append(f"1 ({middle(self.microseconds(name, work, scheme)):.0f} us)")
            else:
                ratio = self.ratio(name, work, scheme)
                cells.append(f"{middle(ratio):.2f} ± {spread(ratio):.2f}")
        start = self.start(name)
        return [*cells, f"{middle(start):.0f} ± {spread(start):.0f}"]


def targets_of_calls(results: Results) -> list[Target]:
    targets = []
    for work, scheme in COMPARED:
        ours, again = (results.ratio(name, work, scheme) for name in (OURS, AGAIN))
        (limit, stretch), name = LIMITS[work], f"{work}, {scheme}"
        targets.append(Target(f"{name}: CPU relative to bare requests", limit, ours, limit * noise(again, 1), stretch))
        if work == "retrieve":
            apart, apart_again = (
                differences(results.ratio(client, work, scheme, "wall"), cpu)
                for client, cpu in ((OURS, ours), (AGAIN, again))
            )
            targets.append(Target(f"{name}: wall ratio minus CPU ratio", 0.03, apart, noise(apart_again, 0)))
        if limit := OLDER_LIMITS.get((work, scheme), 0):
            ours = results.ratio(OURS, work, scheme, other=OLDER)
            targets.append(Target(f"{name}: CPU relative to invoiced 3.0.0", limit, ours, limit * results.noise))
    ours, again = (results.ratio(name, "threads", "http", "wall") for name in (OURS, AGAIN))
    targets.append(
        Target(f"{THREADS} threads with one client: wall relative to a session each", 1, ours, noise(again, 1))
    )
    return targets


def targets_of_starts(results: Results) -> list[Target]:
    created, allowed = results.microseconds(OURS, "client"), results.start_noise
    return [
        Target("creating a client, us", 300, created, 300 * results.noise),
        Target("import invoiced, ms above bare Python", 35, results.start(OURS), allowed),
        Target("with a client, ms above import requests", 12, results.start("with a client", BARE), allowed),
        Target("invoiced --help, ms above bare Python", 150, results.start("--help"), allowed),
    ]


def targets_alone(bench: Bench, usual_noise: float) -> list[Target]:
    def target(title: str, limit: float, name: str, customers: int = 0, noise: float = usual_noise) -> Target:
        samples, problem = bench.alone(name, customers)
        return Target(title, limit, samples, limit * noise, problem=problem)

    (objects, problem), (dicts, _) = bench.alone("memory_of_objects", 100_000), bench.alone("memory_of_dicts", 100_000)
    memory = ratios(objects, dicts) if objects and dicts else []
    total = bench.customers
    return [
        target("building an object from its parsed dict, us", 0.5, "building", 100_000),
        Target("memory of 100,000 customers relative to plain dicts", 1.05, memory, problem=problem),
        target(f"all() over {total:,} customers, MB above the start", 20, "whole_list", total, noise=0),
        target("all(): CPU relative to list() page by page", 1.1, "whole_list_by_page", 100_000),
        target("all(prefetch=True), sleeping consumer, relative to the ideal", 1.1, "prefetch_sleeping"),
        target("all(prefetch=True), computing consumer, relative to the ideal", 1.25, "prefetch_computing"),
    ]


def report(bench: Bench, results: Results, targets: list[Target]) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in ("requests", "urllib3", "httpx", "stripe"))
    assignment = "clients and servers on separate CPUs" if len(CPUS) > 1 else "not assigned"
    client = middle(results.microseconds(OLDER, "client"))
    return f"""# Results of the benchmark

- {date.today()}, `tox -e bench`
- Python {sys.version.split()[0]}, {ssl.OPENSSL_VERSION}
- {versions}
- server {bench.server}; {os.cpu_count()} CPUs, {assignment}; {VARIABLES} environment variables
- medians of {bench.generations * bench.rounds} rounds in {bench.generations} processes each, of {bench.starts} \
for imports, ± half the interquartile range

{results.table()}

invoiced 3.0.0 takes {client:.0f} us to create a client.

{table(["target", "limit", "measured", "noise", "met"], [target.row() for target in targets])}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare this library with other clients.")
    parser.add_argument("--quick", action="store_true", help="about a minute; writes no file")
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

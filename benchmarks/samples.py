"""Samples, one per round: statistics and targets."""

from __future__ import annotations

import math
from statistics import median, quantiles
from typing import NamedTuple

Samples = list[float]


def middle(samples: Samples) -> float:
    return median(samples) if samples else math.nan


def spread(samples: Samples) -> float:
    """Return half the interquartile range."""
    if len(samples) < 2:
        return 0
    first, _, third = quantiles(samples, n=4)
    return (third - first) / 2


def noise(samples: Samples, expected: float) -> float:
    """Return how far a measurement is from its expected value."""
    return max(abs(middle(samples) - expected), spread(samples))


def ratios(samples: Samples, others: Samples) -> Samples:
    """Return the ratio of each round."""
    return [sample / other for sample, other in zip(samples, others, strict=True)]


def differences(samples: Samples, others: Samples) -> Samples:
    """Return the difference of each round."""
    return [sample - other for sample, other in zip(samples, others, strict=True)]


class Target(NamedTuple):
    """A limit for a measurement. It is missed by a median more than `noise` above it, or by a missing measurement."""

    name: str
    limit: float
    samples: Samples
    noise: float = 0
    stretch: float | None = None
    problem: str = ""

    @property
    def missed(self) -> bool:
        return not middle(self.samples) <= self.limit + self.noise

    def row(self) -> list[str]:
        met = "no" if self.missed else "yes" if middle(self.samples) <= self.limit else "within the noise"
        limit = f"<= {self.limit:g}" + (f", stretch {self.stretch:.2f}" if self.stretch else "")
        measured = f"{middle(self.samples):.3g}" if self.samples else self.problem
        measured += f" ± {spread(self.samples):.2g}" if len(self.samples) > 1 else ""
        return [self.name, limit, measured, f"{self.noise:.2g}", met]


def table(header: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table with aligned columns."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |" for line in lines
    )

"""Samples, one per round: their middle, their spread, and what they are held against."""

from __future__ import annotations

import math
from statistics import median, quantiles
from typing import NamedTuple

Samples = list[float]


def middle(samples: Samples) -> float:
    return median(samples) if samples else math.nan


def spread(samples: Samples) -> float:
    """Half of the range in which the middle half of the samples lies."""
    if len(samples) < 2:
        return 0
    first, _, third = quantiles(samples, n=4)
    return (third - first) / 2


def noise(samples: Samples, expected: float) -> float:
    """How far from what would be measured if nothing disturbed."""
    return max(abs(middle(samples) - expected), spread(samples))


def over(some: Samples, others: Samples) -> Samples:
    """Ratios, each within one round."""
    return [one / other for one, other in zip(some, others, strict=True)]


def less(some: Samples, others: Samples) -> Samples:
    """Differences, each within one round."""
    return [one - other for one, other in zip(some, others, strict=True)]


class Target(NamedTuple):
    """A number that should be at most `limit`. A miss within `noise` is none, and that nothing was measured is one."""

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
        measured = f"{middle(self.samples):.3g} ± {spread(self.samples):.2g}" if self.samples else self.problem
        return [self.name, limit, measured, f"{self.noise:.2g}", met]


def table(heads: list[str], rows: list[list[str]]) -> str:
    """In Markdown, with columns that line up."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [heads, ["-" * width for width in widths], *rows]
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |" for line in lines
    )

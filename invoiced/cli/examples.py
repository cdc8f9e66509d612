"""Example command lines for help texts, generated from the options of each command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence

from invoiced.cli.parameters import Parameter

SAMPLE_TEXTS = {
    "name": "Acme",
    "email": "billing@example.com",
    "payment_terms": "NET 30",
    "number": "CUST-0042",
    "country": "US",
    "currency": "usd",
    "sort": "name asc",
    "subject": "Your statement",
}
"""Sample values of text options, by name. These options are preferred in examples, in this order."""

SAMPLES_BY_NAME = {"filter": "country=US"}
SAMPLES_BY_KIND = {
    "number": "15",
    "amount": "99.90",
    "time": "2026-11-01",
    "mapping": "rep=Eva",
    "json": "{}",
    "list": "[]",
    "text": "text",
}


def example(words: Sequence[str], parameters: Iterable[Parameter], *, optional: int) -> str:
    """Return an example command line with all required options and up to `optional` others."""
    parameters = list(parameters)
    preferred = [p for name in SAMPLE_TEXTS for p in parameters if p.name == name and p.kind == "text"]
    preferred += [p for p in parameters if p.kind in {"choice", "time", "mapping", "flag"}]
    chosen = [p for p in dict.fromkeys(preferred or parameters) if not p.required][:optional]
    shown = [p for p in parameters if p.required] + chosen
    arguments = [word for parameter in shown for word in _arguments(parameter)]
    return "Example: " + " ".join(map(_quote, ["invoiced", *words, *arguments]))


def _arguments(parameter: Parameter) -> list[str]:
    option = f"--{parameter.option}"
    if parameter.kind == "flag":
        return [option]
    if parameter.kind == "choice":
        return [option, parameter.choices[0]]
    samples = SAMPLE_TEXTS if parameter.kind == "text" else SAMPLES_BY_NAME
    return [option, samples.get(parameter.name, SAMPLES_BY_KIND[parameter.kind])]


def _quote(word: str) -> str:
    """Quote a word for the shell, in double quotes where possible, because Windows has no others."""
    if re.fullmatch(r"[\w@%+=:,./-]+", word, re.ASCII):
        return word
    return shlex.quote(word) if re.search(r'["$`\\!]', word) else f'"{word}"'

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
    "number": "CUST-00042",
    "country": "US",
    "currency": "usd",
    "sort": "name asc",
    "subject": "Your statement",
}
"""Sample values of text options, by name. These options are preferred in examples, in this order."""

SAMPLES_BY_NAME = {"filter": "country=US", "customer": "15444"}
SAMPLES_BY_KIND = {
    "number": "15",
    "amount": "99.90",
    "time": "2026-11-01",
    "mapping": "rep=Eva",
    "json": "{}",
    "list": "[]",
    "path": "scan.pdf",
}

_NEVER_SHOWN = {"expand", "include", "exclude", "page", "per_page"}


def example(words: Sequence[str], parameters: Iterable[Parameter], *, optional: int) -> str:
    """Return an example command line with all required options and up to `optional` others."""
    parameters = [p for p in parameters if p.required or (p.name not in _NEVER_SHOWN and p.kind != "secret")]
    preferred = [p for name in SAMPLE_TEXTS for p in parameters if p.name == name and p.kind == "text"]
    preferred += [p for p in parameters if p.kind in {"choice", "time", "mapping", "flag"}]
    files = [p for p in parameters if p.kind == "path"]
    chosen = [p for p in dict.fromkeys(files or preferred or parameters) if not p.required][:optional]
    shown = [p for p in parameters if p.required] + chosen
    arguments = [word for parameter in shown for word in _arguments(parameter)]
    return "Example: " + " ".join(map(quote, ["invoiced", *words, *arguments]))


def _arguments(parameter: Parameter) -> list[str]:
    option = f"--{parameter.option}"
    if parameter.kind == "flag":
        return [option]
    if parameter.kind == "choice":
        return [option, parameter.choices[0]]
    if parameter.kind == "text":
        return [option, SAMPLE_TEXTS.get(parameter.name) or _sample_text(parameter.name)]
    return [option, SAMPLES_BY_NAME.get(parameter.name, SAMPLES_BY_KIND[parameter.kind])]


def _sample_text(name: str) -> str:
    samples = {"_id": "15444", "_date": "2026-11-01"}
    return next((sample for suffix, sample in samples.items() if name.endswith(suffix)), "text")


def quote(word: str) -> str:
    """Quote a word for the shell, in double quotes where possible, because Windows has no other quotes."""
    if re.fullmatch(r"[\w@%+=:,./-]+", word, re.ASCII):
        return word
    return shlex.quote(word) if re.search(r'["$`\\!]', word) else f'"{word}"'

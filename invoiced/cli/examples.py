"""Examples of commands, made of the options that they have."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence

from invoiced.cli.parameters import Parameter

TEXTS = {
    "name": "Acme",
    "email": "billing@example.com",
    "payment_terms": "NET 30",
    "number": "CUST-0042",
    "country": "US",
    "currency": "usd",
    "sort": "name asc",
    "subject": "Your statement",
}
"""What stands for a text in an example; an option of such a name is likely to be shown."""

BY_NAME = {"filter": "country=US"}
BY_KIND = {
    "number": "15",
    "amount": "99.90",
    "time": "2026-11-01",
    "mapping": "rep=Eva",
    "json": "{}",
    "list": "[]",
    "text": "text",
}


def example(words: Sequence[str], parameters: Iterable[Parameter], *, optional: int) -> str:
    """A command line that holds what is required, and as many options that tell most as `optional` says."""
    parameters = list(parameters)
    telling = [one for name in TEXTS for one in parameters if one.name == name and one.kind == "text"]
    telling += [one for one in parameters if one.kind in {"choice", "time", "mapping", "flag"}]
    chosen = [one for one in dict.fromkeys(telling or parameters) if not one.required][:optional]
    shown = [one for one in parameters if one.required] + chosen
    arguments = [word for parameter in shown for word in _written(parameter)]
    return "Example: " + " ".join(map(_quoted, ["invoiced", *words, *arguments]))


def _written(parameter: Parameter) -> list[str]:
    option = f"--{parameter.option}"
    if parameter.kind == "flag":
        return [option]
    if parameter.kind == "choice":
        return [option, parameter.choices[0]]
    known = TEXTS if parameter.kind == "text" else BY_NAME
    return [option, known.get(parameter.name, BY_KIND[parameter.kind])]


def _quoted(word: str) -> str:
    """The word as shells read it, in double quotes where they do, as Windows knows no others."""
    if re.fullmatch(r"[\w@%+=:,./-]+", word, re.ASCII):
        return word
    return shlex.quote(word) if re.search(r'["$`\\!]', word) else f'"{word}"'

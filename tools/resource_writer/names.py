"""Names and words that the description does not have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml  # type: ignore[import-untyped, unused-ignore]


@dataclass
class Names:
    """The contents of names.yaml and words.yaml, which say what each member means."""

    modules: dict[str, list[str]]
    by_hand: dict[str, str]
    params_in: dict[str, str]
    classes: dict[str, str]
    records: list[str]
    untyped: list[str]
    nested: dict[str, str]
    collections: dict[str, dict[str, str]]
    methods: dict[str, str]
    instead: dict[str, dict[str, str]]
    bases: dict[str, str]
    field_classes: dict[str, dict[str, str]]
    accepted: dict[str, str]
    optional: list[str]
    not_offered: list[str]
    words: dict[str, dict[str, str]]


def read_names() -> Names:
    """Read the files."""
    folder = Path(__file__).parent
    names = yaml.safe_load((folder / "names.yaml").read_text("utf-8"))
    return Names(**names, words=yaml.safe_load((folder / "words.yaml").read_text("utf-8")))


def words(name: str) -> str:
    """Return a name in words: `CreditNote` -> `credit note`."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower().replace("sign up", "sign-up")
    return re.sub(r"\b(gl|pdf|sms)\b", lambda found: found[0].upper(), text)


def plural(name: str) -> str:
    """Return the plural of a name or of its last word."""
    if re.search("[^aeiou]y$", name):
        return name[:-1] + "ies"
    return name + ("es" if name.endswith(("s", "x", "ch")) else "s")


def sentence(text: str) -> str:
    """Return text with a capital letter at its start."""
    return text[:1].upper() + text[1:]


def with_article(noun: str) -> str:
    """Return the noun with its indefinite article."""
    return f"{'an' if noun[0] in 'aeio' or noun.startswith('SMS') else 'a'} {noun}"

"""E-mail addresses as people write them: one or several, with names, and with domains in any script."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import NamedTuple

import idna

_LOCAL_PART = re.compile(r"""[^\s@,;:<>()\[\]"\\.]+(\.[^\s@,;:<>()\[\]"\\.]+)*""")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")
_NAMED = re.compile(r"""(?P<name>[^<>]*)<(?P<email>[^<>]*)>""")
_MAX_LENGTH, _MAX_LOCAL_PART = 254, 64


class Address(NamedTuple):
    """An e-mail address, and the name of its owner if it was given."""

    email: str
    """The address; the domain is in ASCII (`xn--bcher-kva.example`), in which mail is delivered."""
    name: str | None = None
    """Name of the owner."""


def parse_addresses(text: str) -> list[Address]:
    """Return the addresses in a text: `a@b.example`, `Nancy Talty <a@b.example>`, or several, separated by , or ;.

    Raises:
        ValueError: a part of the text is not an e-mail address.
    """
    parts = [part for piece in re.split(r"[;\r\n]", text) for part in _split_at_commas(piece)]
    return [_parse(part) for part in parts if part.strip()]


def parse_address(text: str) -> Address:
    """Return the only address in a text.

    Raises:
        ValueError: it is not one e-mail address.
    """
    addresses = parse_addresses(text)
    if len(addresses) != 1:
        raise ValueError(f"invalid e-mail address {text!r} (expected one address)")
    return addresses[0]


def _split_at_commas(text: str) -> list[str]:
    """Split a text at commas that are not part of a name, as in `"Talty, Nancy" <a@b.example>`."""
    if text.count("@") == 1 and "<" in text:
        return [text]
    return re.findall(r"""(?:"[^"]*"|<[^<>]*>|[^,"])+""", text)


def _parse(text: str) -> Address:
    named = _NAMED.fullmatch(text.strip())
    email = re.sub("^mailto:", "", (named["email"] if named else text).strip(), flags=re.IGNORECASE)
    in_ascii = canonical(email)
    name = named["name"].strip(" \t\"'") if named else None
    return Address(email if email.isascii() else in_ascii, name or None)


def is_address(text: str | None) -> bool:
    """Return whether a text is a single e-mail address, without a name."""
    with suppress(ValueError):
        return bool(canonical(text or ""))
    return False


def comparable(email: str | None) -> str:
    """Return a stored address as it is compared; in lower case only, if it is not an e-mail address."""
    with suppress(ValueError):
        return canonical(email or "")
    return (email or "").lower()


def canonical(email: str) -> str:
    """Return an address as it is compared: in lower case, with its domain in ASCII.

    Raises:
        ValueError: it is not an e-mail address.
    """
    local_part, _, domain = email.strip().rpartition("@")
    try:
        domain = domain.lower() if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        domain = ""
    is_valid = (
        _LOCAL_PART.fullmatch(local_part)
        and all(len(label) < 64 and _LABEL.fullmatch(label) for label in domain.split("."))
        and len(local_part) <= _MAX_LOCAL_PART
        and len(local_part) + len(domain) < _MAX_LENGTH
    )
    if not is_valid:
        raise ValueError(f"invalid e-mail address {email.strip()!r}")
    return f"{local_part.lower()}@{domain}"

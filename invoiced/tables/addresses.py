"""E-mail addresses as people write them: one or several, with names, and with domains in any script."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import NamedTuple
from unicodedata import category

import idna

from .cells import stripped

_LOCAL_PART = re.compile(r"""[^\s@,;:<>()\[\]"\\.]+(\.[^\s@,;:<>()\[\]"\\.]+)*""")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")
_NAMED = re.compile(r"""(?P<name>[^<>]*)<(?P<email>[^<>]*)>""")
_UNSEEN = ("Cc", "Cf", "Cs")
"""Categories of control characters, invisible ones and halves of characters."""

_MAX_LENGTH, _MAX_LOCAL_PART = 254, 64


class Address(NamedTuple):
    """An e-mail address, and the name of its owner if it was given."""

    email: str
    """The address; the domain is in ASCII (`xn--bcher-kva.example`), in which mail is delivered."""
    name: str | None = None
    """Name of the owner."""

    @property
    def key(self) -> str:
        """The address as it is compared."""
        return canonical(self.email)


def parse_addresses(text: str) -> list[Address]:
    """Return the addresses in a text: `a@b.example`, `Nancy Talty <a@b.example>`, or several, separated by , or ;.

    Raises:
        ValueError: a part of the text is not an e-mail address.
    """
    parts = [part for piece in _split(text, r";\r\n") for part in _split_at_commas(piece)]
    return [_parse(part) for part in parts if stripped(part)]


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
    return _split(text, ",")


def _split(text: str, separators: str) -> list[str]:
    """Split a text at separators that are not in quotation marks or in angle brackets."""
    return re.findall(rf"""(?:"[^"]*"|<[^<>]*>|[^{separators}])+""", text)


def _parse(text: str) -> Address:
    named = _NAMED.fullmatch(stripped(text))
    email = re.sub("^mailto:", "", stripped(named["email"] if named else text), flags=re.IGNORECASE)
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


def spellings(email: str) -> list[str]:
    """Return the ways in which a canonical address may be stored: with its domain in ASCII, and as people write it."""
    local_part, _, domain = email.rpartition("@")
    with suppress(idna.IDNAError):
        return [*dict.fromkeys((email, f"{local_part}@{idna.decode(domain)}"))]
    return [email]


def canonical(email: str) -> str:
    """Return an address as it is compared: in lower case, with its domain in ASCII.

    Raises:
        ValueError: it is not an e-mail address.
    """
    local_part, _, domain = stripped(email).rpartition("@")
    try:
        domain = domain.lower() if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        domain = ""
    is_valid = (
        _LOCAL_PART.fullmatch(local_part)
        and not any(category(character) in _UNSEEN for character in local_part)
        and "." in domain
        and all(len(label) < 64 and _LABEL.fullmatch(label) for label in domain.split("."))
        and len(local_part) <= _MAX_LOCAL_PART
        and len(local_part) + len(domain) < _MAX_LENGTH
    )
    if not is_valid:
        raise ValueError(f"invalid e-mail address {stripped(email)!r}")
    return f"{local_part.lower()}@{domain}"

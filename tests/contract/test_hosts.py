"""The hosts of live accounts."""

from __future__ import annotations

import pytest

from invoiced.contract.hosts import is_live


@pytest.mark.parametrize(
    "url",
    [
        "https://api.sandbox.invoiced.com",
        "https://api.sandbox.invoiced.com/",
        "http://127.0.0.1:8065",
        "https://localhost:8065",
        "http://emulator:8065",
    ],
)
def test_the_sandbox_and_emulators_are_not_live(url: str) -> None:
    assert not is_live(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.invoiced.com",
        "https://api.sandbox.invoiced.com.example.com",
        "https://proxy.example.com/sandbox",
        "https://emulator:8065",
        "",
    ],
)
def test_every_other_url_is_live(url: str) -> None:
    assert is_live(url)

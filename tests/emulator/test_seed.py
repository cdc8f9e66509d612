"""The seed, which makes the responses to a sequence of requests reproducible."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from invoiced.emulator import Emulator


def _ids(emulator: Emulator, name: str = "Acme") -> list[str]:
    """Return the random identifiers of a new customer and of an e-mail to it."""
    with requests.Session() as session:
        session.mount("http://", emulator.adapter())
        session.auth = ("key", "")
        customer: dict[str, Any] = session.post(
            "http://emulator/customers", json={"name": name, "email": "billing@acmecorp.com"}
        ).json()
        emails = session.post(f"http://emulator/customers/{customer['id']}/emails").json()
        return [customer["statement_pdf_url"], *(email["message_id"] for email in emails)]


def test_ids_are_the_same_for_a_seed_and_after_a_reset() -> None:
    emulator = Emulator(seed=7)
    first, second = _ids(emulator), _ids(emulator)
    emulator.reset()
    assert (_ids(emulator), _ids(emulator)) == (first, second)
    assert _ids(Emulator(seed=7)) == first
    assert len({*first, *second, *_ids(Emulator(seed=8))}) == 6


def test_ids_differ_without_a_seed() -> None:
    emulator = Emulator()
    first = _ids(emulator)
    emulator.reset()
    assert not {*first} & {*_ids(emulator), *_ids(Emulator())}


def test_refused_requests_do_not_use_up_ids() -> None:
    emulator = Emulator(seed=7)
    with requests.Session() as session:
        session.mount("http://", emulator.adapter())
        for name in (None, 5):
            session.post("http://emulator/customers", json={"name": name, "number": "A"}, auth=("key", ""))
    assert _ids(emulator) == _ids(Emulator(seed=7))


def test_ids_in_a_reopened_data_file_stay_unique(tmp_path: Path) -> None:
    data = tmp_path / "data.db"
    with Emulator(seed=7, data=data) as emulator:
        first = _ids(emulator)
    with Emulator(seed=7, data=data) as emulator:
        assert not {*first} & {*_ids(emulator)}


@pytest.mark.parametrize("seed", ["7", 1.5, True])
def test_a_seed_must_be_an_integer(seed: Any) -> None:
    with pytest.raises(ValueError, match="seed"):
        Emulator(seed=seed)

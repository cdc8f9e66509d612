"""With a seed, the same calls in the same order have the same answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from invoiced.emulator import Emulator


def _ids(emulator: Emulator, name: str = "Acme") -> list[str]:
    """The identifiers that nobody could guess, of a new customer and of an e-mail to it."""
    with requests.Session() as session:
        session.mount("http://", emulator.adapter())
        session.auth = ("key", "")
        customer: dict[str, Any] = session.post(
            "http://emulator/customers", json={"name": name, "email": "billing@acmecorp.com"}
        ).json()
        emails = session.post(f"http://emulator/customers/{customer['id']}/emails").json()
        return [customer["statement_pdf_url"], *(email["id"] for email in emails)]


def test_ids_repeat_for_a_seed_and_after_a_reset() -> None:
    emulator = Emulator(seed=7)
    first, second = _ids(emulator), _ids(emulator)
    emulator.reset()
    assert (_ids(emulator), _ids(emulator)) == (first, second)
    assert _ids(Emulator(seed=7)) == first
    assert len({*first, *second, *_ids(Emulator(seed=8))}) == 6


def test_without_a_seed_they_do_not_repeat() -> None:
    emulator = Emulator()
    first = _ids(emulator)
    emulator.reset()
    assert not {*first} & {*_ids(emulator), *_ids(Emulator())}


def test_calls_that_are_refused_take_no_id() -> None:
    refusing = Emulator(seed=7)
    with requests.Session() as session:
        session.mount("http://", refusing.adapter())
        for name in (None, 5):
            session.post("http://emulator/customers", json={"name": name, "number": "A"}, auth=("key", ""))
    assert _ids(refusing) == _ids(Emulator(seed=7))


def test_a_data_file_that_is_opened_again_has_no_id_twice(tmp_path: Path) -> None:
    data = tmp_path / "data.db"
    with Emulator(seed=7, data=data) as emulator:
        first = _ids(emulator)
    with Emulator(seed=7, data=data) as emulator:
        assert not {*first} & {*_ids(emulator)}


@pytest.mark.parametrize("seed", ["7", 1.5, True])
def test_a_seed_is_a_whole_number(seed: Any) -> None:
    with pytest.raises(ValueError, match="seed"):
        Emulator(seed=seed)

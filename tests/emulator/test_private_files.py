"""Files of the emulator: they name customers, so only their owner can read them."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from invoiced.emulator import Emulator
from invoiced.emulator.storage import private_files

AUTH = ("key", "")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="requires permissions")


@pytest.fixture(autouse=True)
def generous_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def _modes(folder: Path) -> dict[str, str]:
    return {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in folder.iterdir()}


def _write(emulator: Emulator) -> None:
    assert requests.post(f"{emulator.url}/customers", json={"name": "Acme"}, auth=AUTH).status_code == 201


def test_the_data_and_its_side_files_are_private(tmp_path: Path) -> None:
    with Emulator(data=tmp_path / "data.db") as emulator:
        _write(emulator)
        assert _modes(tmp_path) == {name: "0o600" for name in ("data.db", "data.db-wal", "data.db-shm")}
    assert _modes(tmp_path) == {"data.db": "0o600"}


def test_data_that_is_used_without_a_server_is_private(tmp_path: Path) -> None:
    with requests.Session() as session:
        session.mount("http://", Emulator(data=tmp_path / "data.db").adapter())
        assert session.post("http://emulator/customers", json={"name": "Acme"}, auth=AUTH).status_code == 201
    assert _modes(tmp_path)["data.db"] == "0o600"


@pytest.mark.parametrize(("before", "after"), [(0o644, "0o600"), (0o660, "0o600"), (0o777, "0o700"), (0o600, "0o600")])
def test_the_access_of_others_to_existing_data_is_removed(tmp_path: Path, before: int, after: str) -> None:
    data = tmp_path / "data.db"
    with Emulator(data=data) as emulator:
        _write(emulator)
    data.chmod(before)
    with Emulator(data=data) as emulator:
        _write(emulator)
        assert {int(mode, 8) & 0o077 for mode in _modes(tmp_path).values()} == {0}
    assert _modes(tmp_path) == {"data.db": after}


def test_side_files_that_a_killed_emulator_left_become_private(tmp_path: Path) -> None:
    data = tmp_path / "data.db"
    with Emulator(data=data) as emulator:
        _write(emulator)
        copies = {f"copy.db{end}": Path(f"{data}{end}").read_bytes() for end in ("", "-wal", "-shm")}
    for name, content in copies.items():
        (tmp_path / name).write_bytes(content)
    assert set(_modes(tmp_path).values()) == {"0o600", "0o666"}
    with Emulator(data=tmp_path / "copy.db"):
        assert set(_modes(tmp_path).values()) == {"0o600"}


def test_a_file_that_is_not_of_the_emulator_stays_as_it_is(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE other (name)")
    connection.close()
    foreign.chmod(0o644)
    tmp_path.chmod(0o755)
    for path in (foreign, tmp_path):
        before = path.stat().st_mode
        with pytest.raises(OSError, match="cannot use the data file"):
            Emulator(data=path)
        assert path.stat().st_mode == before


def test_a_link_to_data_that_does_not_exist_yet_is_followed(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "data.db").symlink_to(tmp_path / "target" / "real.db")
    with Emulator(data=tmp_path / "data.db") as emulator:
        _write(emulator)
    assert _modes(tmp_path / "target") == {"real.db": "0o600"}


def test_a_snapshot_is_private_even_in_the_place_of_a_file_that_was_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    created: list[str] = []
    replace = Path.replace

    def recorded(self: Path, target: Path) -> Path:
        created.extend(_modes(tmp_path)[self.name] for _ in "1")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", recorded)
    (tmp_path / "state.jsonl").touch(0o666)
    Emulator().snapshot(tmp_path / "state.jsonl")
    assert (created, _modes(tmp_path)) == (["0o600"], {"state.jsonl": "0o600"})


def test_a_snapshot_that_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "state.jsonl").write_text("before")

    def fail(self: Path, _: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        private_files.write(tmp_path / "state.jsonl", "after")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("state.jsonl", "before")]


def test_a_data_file_in_a_folder_that_cannot_be_written_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise PermissionError(13, "Permission denied", str(tmp_path))

    emulator = Emulator(data=tmp_path / "data.db")
    monkeypatch.setattr(os, "open", fail)
    with pytest.raises(OSError, match=r"cannot use the data file .*data\.db: Permission denied"):
        emulator.start()

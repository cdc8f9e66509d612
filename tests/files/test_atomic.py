"""Tests of atomic writing of files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from invoiced.files import write_atomically


def files_in(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


@pytest.mark.parametrize("durable", [False, True])
def test_a_new_file_is_written_and_no_temporary_file_remains(durable: bool, tmp_path: Path) -> None:
    with write_atomically(tmp_path / "file", replace=False, durable=durable) as temporary:
        temporary.write_text("new", encoding="utf-8")
        assert not (tmp_path / "file").exists()
    assert files_in(tmp_path) == {"file": "new"}


def test_an_existing_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old", encoding="utf-8")
    with write_atomically(tmp_path / "file") as temporary:
        temporary.write_text("new", encoding="utf-8")
    assert files_in(tmp_path) == {"file": "new"}


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
def test_an_existing_file_is_not_replaced_without_replace(
    links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("hard links are not supported")

    if not links:
        monkeypatch.setattr(os, "link", refuse)
    (tmp_path / "file").write_text("old", encoding="utf-8")
    with pytest.raises(FileExistsError), write_atomically(tmp_path / "file", replace=False) as temporary:
        temporary.write_text("new", encoding="utf-8")
    assert files_in(tmp_path) == {"file": "old"}


def test_after_an_error_the_file_is_unchanged_and_no_temporary_file_remains(tmp_path: Path) -> None:
    def write_half(path: Path) -> None:
        path.write_text("half", encoding="utf-8")
        raise OSError("disk full")

    (tmp_path / "file").write_text("old", encoding="utf-8")
    with pytest.raises(OSError, match="disk full"), write_atomically(tmp_path / "file") as temporary:
        write_half(temporary)
    assert files_in(tmp_path) == {"file": "old"}


def test_only_a_durable_file_is_flushed_to_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(os, "fsync", flushed.append)
    with write_atomically(tmp_path / "file") as temporary:
        temporary.touch()
    assert flushed == []
    with write_atomically(tmp_path / "file", durable=True) as temporary:
        temporary.touch()
    assert len(flushed) == (1 if os.name == "nt" else 2)  # the file and its directory

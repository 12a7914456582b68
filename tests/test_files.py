"""Files are written whole or not at all."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from igbuild.files import exclusive, sha256_bytes, sha256_file, sri_file, write_atomic

if TYPE_CHECKING:
    from pathlib import Path


def test_writes_text_with_bare_newlines_and_makes_folders(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b.txt"
    write_atomic(target, "é\n")
    assert target.read_bytes() == "é\n".encode()
    assert [path.name for path in target.parent.iterdir()] == ["b.txt"]


def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "b.txt"
    write_atomic(target, "old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_atomic(target, "new")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]


def test_hashes_agree_with_known_values(tmp_path: Path) -> None:
    file = tmp_path / "abc"
    file.write_bytes(b"abc")
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_file(file) == sha256_bytes(b"abc") == known
    # RFC 6234 test vector of SHA-512, in base64
    assert sri_file(file) == (
        "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw=="
    )


def test_a_lock_is_held_by_one_and_leaves_nothing(tmp_path: Path) -> None:
    lock = tmp_path / "new" / "lock"
    count = tmp_path / "count"
    count.write_text("0")

    def add(_: int) -> None:
        with exclusive(lock):
            found = int(count.read_text())
            time.sleep(0.001)
            count.write_text(str(found + 1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(64)))
    assert count.read_text() == "64"
    with exclusive(lock):
        with pytest.raises(BlockingIOError), exclusive(lock, wait=False):
            pytest.fail("held twice")
        assert lock.exists(), "who does not get it leaves it to its holder"
    assert list(lock.parent.iterdir()) == []

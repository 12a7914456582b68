"""The cache: verified on the way in and out, whole or absent, harmless to what is not its own."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

import pytest

from igbuild.errors import IgbuildError, IntegrityError
from igbuild.files import sha256_bytes
from igbuild.packages.cache import Store, default_root

HELLO = sha256_bytes(b"hello")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


def put(folder: Path, data: bytes = b"hello") -> Path:
    file = folder / "given"
    file.write_bytes(data)
    return file


def leftovers(store: Store) -> list[Path]:
    return [path for path in store.root.rglob("*") if path.is_file()]


def test_what_was_added_is_found_by_its_hash(store: Store, tmp_path: Path) -> None:
    assert store.get(HELLO) is None
    kept = store.add(put(tmp_path), HELLO)
    assert kept.read_bytes() == b"hello"
    assert store.get(HELLO) == kept


def test_a_file_with_another_hash_is_not_kept(store: Store, tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match=f"given(.|\n)*expected sha256 {HELLO}(.|\n)*got") as caught:
        store.add(put(tmp_path, b"other"), HELLO)
    assert caught.value.exit_code == 5
    assert leftovers(store) == []


def test_a_file_damaged_on_disk_is_forgotten(store: Store, tmp_path: Path) -> None:
    kept = store.add(put(tmp_path), HELLO)
    kept.chmod(0o644)
    kept.write_bytes(b"hellO")
    assert store.get(HELLO) is None
    assert store.add(put(tmp_path), HELLO).read_bytes() == b"hello"


def fill(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "file").write_text("content")


def test_a_folder_is_kept_whole_and_verified(store: Store) -> None:
    assert store.folder("npm/x-1") is None
    content = store.add_folder("npm/x-1", fill)
    assert store.folder("npm/x-1") == content
    (content / "sub" / "file").write_text("contenT")
    assert store.folder("npm/x-1") is None
    assert (store.add_folder("npm/x-1", fill) / "sub" / "file").read_text() == "content"


def test_a_folder_with_a_lost_file_or_record_is_made_again(store: Store) -> None:
    content = store.add_folder("npm/x-1", fill)
    (content / "sub" / "file").unlink()
    assert store.folder("npm/x-1") is None
    content = store.add_folder("npm/x-1", fill)
    (content.parent / "files.json").write_text("{")
    assert store.folder("npm/x-1") is None
    assert store.folder("npm/x-1") is None


def test_a_folder_whose_filling_fails_is_not_kept(store: Store) -> None:
    def fails(folder: Path) -> None:
        fill(folder)
        raise IntegrityError("wrong")

    with pytest.raises(IntegrityError):
        store.add_folder("npm/x-1", fails)
    assert store.folder("npm/x-1") is None
    assert leftovers(store) == []


def add_both(root: str, given: str, barrier: object) -> None:
    barrier.wait()  # type: ignore[attr-defined]
    store = Store(Path(root))
    for _ in range(20):
        store.add(Path(given), HELLO)
        store.add_folder("npm/x-1", fill)


def test_parallel_runs_share_it(store: Store, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(3)
    arguments = (str(store.root), str(put(tmp_path)), barrier)
    runs = [context.Process(target=add_both, args=arguments) for _ in range(3)]
    for run in runs:
        run.start()
    for run in runs:
        run.join(60)
    assert [run.exitcode for run in runs] == [0, 0, 0]
    assert store.get(HELLO) is not None
    assert store.folder("npm/x-1") is not None
    assert list((store.root / "tmp").iterdir()) == []


def test_what_a_killed_run_left_is_swept_after_a_day(store: Store) -> None:
    old = store.root / "tmp" / "old"
    new = store.root / "tmp" / "new"
    old.mkdir(parents=True)
    new.mkdir()
    past = time.time() - 2 * 24 * 3600
    os.utime(old, (past, past))
    with store.temporary():
        assert not old.exists()
        assert new.exists()


@pytest.mark.parametrize(
    ("code", "reason"),
    [("ENOSPC", "the disk is full"), ("EROFS", "cannot be written"), ("EACCES", "IGBUILD_CACHE")],
)
def test_what_the_disk_refuses_is_explained(store: Store, tmp_path: Path, code: str, reason: str) -> None:
    import errno

    number = getattr(errno, code)

    def fails(folder: Path) -> None:
        raise OSError(number, os.strerror(number))

    with pytest.raises(IgbuildError, match=reason) as caught:
        store.add_folder("npm/x-1", fails)
    assert str(store.root) in caught.value.message
    assert leftovers(store) == []


def test_clear_deletes_only_its_own(store: Store, tmp_path: Path) -> None:
    store.add(put(tmp_path), HELLO)
    store.add_folder("npm/x-1", fill)
    (store.root / "thesis.tex").write_text("years of work")
    info = store.info()
    assert info.files == 3
    assert info.bytes == sum(info.kinds.values()) > 0
    assert store.clear() == info.bytes
    assert [path.name for path in store.root.iterdir()] == ["thesis.tex"]
    assert store.clear() == 0


def test_the_environment_names_another_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IGBUILD_CACHE", str(tmp_path / "elsewhere"))
    assert Store().root == tmp_path / "elsewhere"
    monkeypatch.delenv("IGBUILD_CACHE")
    assert default_root().name == "igbuild"

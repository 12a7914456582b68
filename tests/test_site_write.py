"""Writing a site: the last good one survives whatever happens, and what is not ours is never touched."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from igbuild.errors import ConfigError, IgbuildError
from igbuild.site import manifest as manifests
from igbuild.site import write
from igbuild.site.manifest import Manifest, damaged, read_manifest
from igbuild.site.plan import Content
from igbuild.site.write import check_out, write_site

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier


def site(**files: str) -> tuple[dict[str, Content], Manifest]:
    contents = {name.replace("__", "/"): Content.of(text.encode()) for name, text in files.items()}
    contents.setdefault("index.html", Content.of(b"<title>page</title>"))
    facts = {name: (content.sha256, content.size) for name, content in contents.items()}
    return contents, Manifest("0", "id", "inputs", "lock", facts)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize("prepare", ["missing", "empty", "deep"])
def test_a_first_site_is_written_whole(tmp_path: Path, prepare: str) -> None:
    out = tmp_path / "deep" / "er" / "dist" if prepare == "deep" else tmp_path / "dist"
    if prepare == "empty":
        out.mkdir()
    contents, manifest = site(app__a="1", wheels__x__y="2")
    write_site(out, contents, manifest)
    assert set(tree(out)) == {"app/a", "wheels/x/y", "index.html", "manifest.json"}
    assert read_manifest(out) == manifest
    assert damaged(out, manifest) == []
    assert [path.name for path in out.parent.iterdir()] == ["dist"]
    assert out.stat().st_mode & 0o777 == 0o755
    assert (out / "app/a").stat().st_mode & 0o777 == 0o644


def test_a_new_site_replaces_the_old_and_leaves_a_users_own_files(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    write_site(out, *site(app__old="1", app__both="2", index="x"))
    (out / "CNAME").write_text("example.org")
    kept = (out / "app/both").stat().st_mtime_ns
    write_site(out, *site(app__new="3", app__both="2"))
    assert set(tree(out)) == {"app/new", "app/both", "index.html", "manifest.json", "CNAME", "index"}
    assert kept <= (out / "app/both").stat().st_mtime_ns
    assert damaged(out, read_manifest(out) or pytest.fail("no manifest")) == []


def test_index_and_manifest_are_replaced_last_so_a_kill_leaves_a_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "dist"
    write_site(out, *site(app__one="old", assets__two="old"))
    before = tree(out)
    contents, manifest = site(app__three="new", assets__four="new", **{"index.html": "new page"})
    moves = len(contents) + 1
    replace = os.replace
    for survived in range(moves):
        done = 0

        def killed(source: str, target: str, stop: int = survived) -> None:
            nonlocal done
            if done == stop:
                raise KeyboardInterrupt
            done += 1
            replace(source, target)

        monkeypatch.setattr(write.os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            write_site(out, contents, manifest)
        now = tree(out)
        old_page = now["index.html"] == before["index.html"]
        assert old_page == (survived < moves - 1)
        named = before if old_page else {name: content.read() for name, content in contents.items()}
        assert all(now[name] == data for name, data in named.items() if name != "manifest.json")
        check_out(out)
    monkeypatch.undo()
    write_site(out, contents, manifest)
    assert set(tree(out)) == {*contents, "manifest.json"}
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]


def test_a_full_disk_leaves_the_last_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "dist"
    write_site(out, *site(app__one="old"))
    before = tree(out)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write.shutil, "copyfile", full)
    source = tmp_path / "wheel"
    source.write_bytes(b"wheel")
    contents, manifest = site(app__one="new")
    contents["wheels/w"] = Content("0" * 64, 5, source)
    with pytest.raises(IgbuildError, match=r"No space left.*whole.*--out"):
        write_site(out, contents, manifest)
    assert tree(out) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dist", "wheel"]


def test_a_file_that_changes_while_it_is_copied_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "wheel"
    source.write_bytes(b"changed")
    contents = {"index.html": Content.of(b"x"), "wheels/w": Content("0" * 64, 7, source)}
    facts = {name: (content.sha256, content.size) for name, content in contents.items()}
    with pytest.raises(IgbuildError, match="wheels/w changed"):
        write_site(tmp_path / "dist", contents, Manifest("0", "id", "in", "lock", facts))
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize("content", ["mine.txt", "manifest.json", "index.html"])
def test_a_folder_that_igbuild_did_not_make_is_refused_and_untouched(tmp_path: Path, content: str) -> None:
    (tmp_path / content).write_text('{"name": "a web app manifest"}')
    with pytest.raises(ConfigError, match=r"did not make.*--out"):
        check_out(tmp_path)
    assert tree(tmp_path) == {content: b'{"name": "a web app manifest"}'}
    with pytest.raises(ConfigError, match="is a file"):
        check_out(tmp_path / content)


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", '{"files": []}', '{"igbuild": "1", "files": {"a": 1}}', "\xff"]
)
def test_a_damaged_manifest_is_no_manifest(tmp_path: Path, text: str) -> None:
    (tmp_path / manifests.NAME).write_bytes(text.encode("latin-1"))
    assert read_manifest(tmp_path) is None


def test_a_manifest_names_no_time_and_no_path_and_notices_every_change(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    contents, manifest = site(app__a="1", app__b="2", app__c="3")
    write_site(out, contents, manifest)
    text = (out / "manifest.json").read_text()
    assert str(tmp_path) not in text
    assert list(json.loads(text)["files"]) == sorted(contents)
    (out / "app/a").unlink()
    (out / "app/b").write_text("x")
    (out / "app/c").write_text("longer")
    assert damaged(out, manifest) == ["app/a", "app/b", "app/c"]


def test_what_a_killed_build_left_is_swept_after_a_while(tmp_path: Path) -> None:
    script = (
        "import os, sys, pathlib\n"
        "from igbuild.site import write\n"
        "from tests.test_site_write import site\n"
        "write.manifests.damaged = lambda *a: os._exit(9)\n"
        "write.write_site(pathlib.Path(sys.argv[1]), *site(app__a='1'))\n"
    )
    out = tmp_path / "dist"
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", script, str(out)], cwd=root, check=False)
    assert done.returncode == 9
    (left,) = tmp_path.glob(".dist-building-*")
    write_site(out, *site(app__a="1"))
    assert left.exists(), "another build may be at work in it"
    long_ago = time.time() - 2 * write.STALE_SECONDS
    os.utime(left, (long_ago, long_ago))
    write_site(out, *site(app__a="2"))
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]


def write_rounds(out: str, name: str, rounds: int, barrier: Barrier) -> None:
    files = {f"app__{name}-{number}": name for number in range(40)}
    for _ in range(rounds):
        barrier.wait(60)
        write_site(Path(out), *site(**files))
        barrier.wait(60)


def test_of_two_experiments_written_at_once_into_one_folder_one_is_there_whole(tmp_path: Path) -> None:
    out, rounds = tmp_path / "dist", 12
    write_site(out, *site(app__first="1"))
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(3)
    runs = [
        context.Process(target=write_rounds, args=(str(out), name, rounds, barrier)) for name in ("a", "b")
    ]
    for run in runs:
        run.start()
    for _ in range(rounds):
        barrier.wait(60)
        barrier.wait(60)
        manifest = read_manifest(out) or pytest.fail("no manifest")
        assert damaged(out, manifest) == []
        assert set(tree(out)) == {*manifest.files, "manifest.json"}
    for run in runs:
        run.join(60)
    assert [run.exitcode for run in runs] == [0, 0]
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]

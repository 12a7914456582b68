"""Packages that are not what they were: the exit code, the message, and the last site whole."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from igbuild import cli
from igbuild.files import sha256_file
from igbuild.packages.cache import Store
from igbuild.scaffold import init_experiment
from tests.browser.harness import make_wheel
from tests.test_site_write import tree

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network
WHEEL = "toy-1.0-py3-none-any.whl"


def bundle(root: Path, *options: str) -> Result:
    config = str(root / "experiment.toml")
    return CliRunner().invoke(cli.main, ["bundle", "-c", config, *options], env={"CI": None})


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """The solo experiment with one wheel of its own, built."""
    root = tmp_path / "game"
    init_experiment(root, "solo", force=False)
    (root / WHEEL).write_bytes(make_wheel("toy", "ANSWER = 42\n").data)
    require(root, f'"./{WHEEL}"')
    done = bundle(root)
    assert done.exit_code == 0, done.stderr
    return root


def require(root: Path, packages: str) -> None:
    toml = root / "experiment.toml"
    text, count = re.subn(r"(?m)^packages = \[.*\]$", f"packages = [{packages}]", toml.read_text())
    assert count == 1
    toml.write_text(text)


def test_a_wheel_of_ones_own_is_in_the_site_under_its_hash(built: Path) -> None:
    place = f"wheels/{sha256_file(built / WHEEL)[:12]}/{WHEEL}"
    assert (built / "dist" / place).read_bytes() == (built / WHEEL).read_bytes()


def test_a_wheel_with_another_hash_is_refused(built: Path) -> None:
    before = tree(built / "dist")
    (built / WHEEL).write_bytes(make_wheel("toy", "ANSWER = 'changed'\n").data)
    done = bundle(built, "--frozen")
    assert done.exit_code == 3
    assert WHEEL in done.stderr
    assert tree(built / "dist") == before


def test_a_damaged_wheel_in_the_cache_is_not_shipped(built: Path) -> None:
    good = tree(built / "dist")
    kept = Store().get(sha256_file(built / WHEEL))
    assert kept is not None
    kept.write_bytes(b"damaged")
    shutil.rmtree(built / "dist")
    done = bundle(built)
    assert done.exit_code == 0, done.stderr
    assert tree(built / "dist") == good


def test_a_package_that_does_not_exist_is_named(built: Path) -> None:
    before = tree(built / "dist")
    lock = (built / "pyodide-lock.json").read_bytes()
    require(built, '"igbuild-no-such-package-anywhere"')
    done = bundle(built)
    assert done.exit_code == 2, done.stderr
    assert "igbuild-no-such-package-anywhere" in done.stderr
    assert "Traceback" not in done.stderr
    assert tree(built / "dist") == before
    assert (built / "pyodide-lock.json").read_bytes() == lock


def test_offline_nobody_is_asked(tmp_path: Path) -> None:
    """Every connection of igbuild, pip, uv and npm would go to a proxy that only keeps count."""
    root = tmp_path / "game"
    init_experiment(root, "solo", force=False)
    assert (done := bundle(root)).exit_code == 0, done.stderr
    good = tree(root / "dist")
    shutil.rmtree(root / "dist")
    lock = root / "pyodide-lock.json"
    locked = lock.read_bytes()
    lock.unlink()
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(0)
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        proxies = ("http_proxy", "https_proxy", "all_proxy", "pip_proxy", "npm_config_proxy")
        names = [*proxies, "npm_config_https_proxy", *(name.upper() for name in proxies)]
        none = dict.fromkeys(("no_proxy", "NO_PROXY", "npm_config_noproxy"), "")
        environment = {**os.environ, **dict.fromkeys(names, address), **none}
        environment.pop("CI", None)
        line = [sys.executable, "-m", "igbuild", "bundle", "--offline"]
        ran = subprocess.run(
            line, cwd=root, env=environment, timeout=120, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        with pytest.raises(BlockingIOError):
            proxy.accept()
    assert (tree(root / "dist"), lock.read_bytes()) == (good, locked)

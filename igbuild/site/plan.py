"""The site plan: which files a site has and what its page is told. Pure; everything was read before."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from igbuild import __version__
from igbuild.config.completion import completes
from igbuild.config.multiplayer import collects, is_multiplayer
from igbuild.files import sha256_bytes
from igbuild.site.describe import Placed, describe, describe_environment
from igbuild.site.flags import Flags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from igbuild.config import ExperimentConfig

SHORT = 12  # hex digits of a hash in a file name: 48 bits
ID_DIGITS = 16
"""Hex digits of a site's id: the beginning of `Inputs.digest()`."""


@dataclass(frozen=True)
class Content:
    """The bytes of a file, or where they lie.

    Attributes:
        sha256: 64 hex digits.
        size: in bytes.
        data: the bytes, or the file that holds them.
    """

    sha256: str
    size: int
    data: bytes | Path

    @classmethod
    def of(cls, data: bytes) -> Content:
        """Wrap bytes."""
        return cls(sha256_bytes(data), len(data), data)

    def read(self) -> bytes:
        """Return the bytes."""
        return self.data if isinstance(self.data, bytes) else self.data.read_bytes()


@dataclass(frozen=True)
class Inputs:
    """Everything that decides what a site is, cheap to gather; the lock stands for all that it pins.

    Attributes:
        config: the experiment.
        lock_hash: SHA-256 of the lock.
        templates: SHA-256 over all templates.
        study: archive of the experiment's Python and data.
        runtime: archive of `igbuild.runtime`.
        images: files of `[assets]` by path relative to its folder.
        models: ONNX models by the path that the TOML gives.
        dev: whether the client of `igbuild serve --dev` goes in.
        esbuild: version of the bundler.
    """

    config: ExperimentConfig
    lock_hash: str
    templates: str
    study: Content
    runtime: Content
    images: Mapping[str, Content]
    models: Mapping[str, Content]
    dev: bool = False
    esbuild: str = ""

    @property
    def flags(self) -> Flags:
        """What the templates include."""
        config = self.config
        return Flags(
            draw=config.game.render == "draw",
            rgb=config.game.render == "rgb_array",
            multiplayer=is_multiplayer(config),
            collect=collects(config),
            completion=completes(config),
            onnx=any(bot.onnx is not None for bot in config.players.bots.values()),
            dev=self.dev,
        )

    def digest(self) -> str:
        """Return the SHA-256 over all of it; equal inputs give equal sites."""
        config = self.config.model_dump(mode="json")
        del config["bundle"]["out"]  # where the site goes, and where wheels came from, is not in it
        del config["pyodide"]["base"]
        del config["webrtc"]  # nor what only the server is told
        for name in ("data", "hosts", "origins"):
            del config["server"][name]
        contents = {"study": self.study, "runtime": self.runtime, **_under("assets", self.images)}
        contents |= _under("models", self.models)
        facts = {
            "igbuild": __version__,
            "esbuild": self.esbuild,
            "config": config,
            "flags": asdict(self.flags),
            "lock": self.lock_hash,
            "templates": self.templates,
            "files": {name: content.sha256 for name, content in contents.items()},
        }
        return sha256_bytes(json.dumps(facts, sort_keys=True).encode())


@dataclass(frozen=True)
class Pinned:
    """The files that the lock pins, verified.

    Attributes:
        lock: `{info, packages}` as `loadPyodide` takes it.
        requested: names of the packages to load before the environment.
        pyodide: the runtime's files by name.
        wheels: by package name in the lock: file name and content.
        onnx: the files of onnxruntime-web by name; empty where no bot has a model.
    """

    lock: Mapping[str, Any]
    requested: tuple[str, ...]
    pyodide: Mapping[str, Content]
    wheels: Mapping[str, tuple[str, Content]]
    onnx: Mapping[str, Content] = field(default_factory=dict)


@dataclass(frozen=True)
class SitePlan:
    """What a site will be.

    Attributes:
        flags: what the templates include.
        site: the object that `config.js` exports.
        files: every file that is not made by the bundler, by path in the site.
        inputs: `Inputs.digest()` of what it was planned from.
        site_id: name of the build, for browsers and for data.
    """

    flags: Flags
    site: dict[str, Any]
    files: dict[str, Content]
    inputs: str
    site_id: str


def plan_site(inputs: Inputs, pinned: Pinned) -> SitePlan:
    """Decide the files of a site and what its page is told."""
    digest = inputs.digest()
    site_id = digest[:ID_DIGITS]
    files: dict[str, Content] = {}
    runtime = _place(files, "python/runtime.zip", inputs.runtime)
    study = _place(files, "python/study.zip", inputs.study)
    images = {name: _place(files, f"assets/{name}", content) for name, content in inputs.images.items()}
    models = {name: _place(files, f"assets/{name}", content) for name, content in inputs.models.items()}
    site = {
        **describe(inputs.config, images, models, dev=inputs.dev),
        "igbuild": __version__,
        "lockHash": inputs.lock_hash,
        "siteId": site_id,
        "worker": {
            "pyodide": _pyodide(files, pinned, inputs.config.pyodide.version),
            "packages": list(pinned.requested),
            "archives": [{**asdict(runtime), "target": "runtime"}, {**asdict(study), "target": "study"}],
            "environment": describe_environment(inputs.config),
            **_onnx(files, pinned, inputs.config, models),
        },
    }
    return SitePlan(inputs.flags, site, dict(sorted(files.items())), digest, site_id)


def hashed_name(path: str, sha256: str) -> str:
    """Return a path with a hash before its extension: `a/b.png` becomes `a/b-0123456789ab.png`."""
    place = PurePosixPath(path)
    return str(place.with_name(f"{place.stem}-{sha256[:SHORT]}{place.suffix}"))


def _pyodide(files: dict[str, Content], pinned: Pinned, version: str) -> dict[str, Any]:
    base = f"pyodide/{_combined(pinned.pyodide)}/"
    files.update({base + name: content for name, content in pinned.pyodide.items()})
    packages: dict[str, Any] = {}
    for key, entry in sorted(pinned.lock["packages"].items()):
        name, content = pinned.wheels[key]
        place = f"{content.sha256[:SHORT]}/{name}"
        files[f"wheels/{place}"] = content
        packages[key] = {**entry, "file_name": place}
    return {
        "base": base,
        "version": version,
        "lock": {"info": pinned.lock["info"], "packages": packages},
        "wheelBase": "wheels/",
        "files": {
            name: {"sha256": content.sha256, "size": content.size}
            for name, content in sorted(pinned.pyodide.items())
        },
    }


def _onnx(
    files: dict[str, Content], pinned: Pinned, config: ExperimentConfig, models: Mapping[str, Placed]
) -> dict[str, Any]:
    """Return what the worker is told of ONNX bots; nothing where there are none."""
    if not pinned.onnx:
        return {}
    base = f"onnx/{_combined(pinned.onnx)}/"
    files.update({base + name: content for name, content in pinned.onnx.items()})
    listed = {name: {"sha256": content.sha256, "size": content.size} for name, content in pinned.onnx.items()}
    policies = {
        agent: {**asdict(models[bot.onnx]), **_without_none(input=bot.input, output=bot.output)}
        for agent, bot in config.players.bots.items()
        if bot.onnx is not None
    }
    return {"onnx": {"base": base, "files": listed, "models": policies}}


def _without_none(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _place(files: dict[str, Content], path: str, content: Content) -> Placed:
    name = hashed_name(path, content.sha256)
    files[name] = content
    return Placed(quote(name), content.sha256, content.size)


def _combined(contents: Mapping[str, Content]) -> str:
    digest = hashlib.sha256()
    for name in sorted(contents):
        digest.update(f"{name} {contents[name].sha256}\n".encode())
    return digest.hexdigest()[:SHORT]


def _under(folder: str, contents: Mapping[str, Content]) -> dict[str, Content]:
    return {f"{folder}/{name}": content for name, content in contents.items()}

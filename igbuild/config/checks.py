"""What the model alone cannot see: files that settings name, and settings that must agree."""

from __future__ import annotations

import os
import re
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from igbuild.config.completion import check_completion
from igbuild.config.entry_point import missing_module, missing_name, module_file
from igbuild.config.multiplayer import check_collecting, check_multiplayer
from igbuild.config.parameters import check_arguments
from igbuild.config.problems import Finding
from igbuild.config.values import hud_agents, is_local_package

if TYPE_CHECKING:
    from collections.abc import Iterator

    from igbuild.config.locate import KeyPath
    from igbuild.config.model import ExperimentConfig


def check_files(config: ExperimentConfig, root: Path) -> list[Finding]:
    """Check the settings against the files in `root` and against each other."""
    return [
        *_source(config, root),
        *_packages(config, root),
        *_globals(config),
        *_assets(config, root),
        *_players(config, root),
        *_hud(config),
        *check_multiplayer(config),
        *check_collecting(config),
        *check_completion(config),
        *_base(config, root),
        *_out(config, root),
        *_data(config, root),
    ]


def _source(config: ExperimentConfig, root: Path) -> Iterator[Finding]:
    path: KeyPath = ("environment", "source")
    source = config.environment.source
    problem = _inside(source, root)
    if problem:
        yield Finding(path, f"environment.source {problem}")
        return
    target = root / source
    if not target.exists():
        yield Finding(path, f"environment.source is {source!r}, which does not exist{_nearby(target)}")
        return
    if target.is_file() and target.suffix != ".py":
        yield Finding(path, f"environment.source is {source!r}; it must be a .py file or a folder")
        return
    if module_file("igbuild", target) or (target / "igbuild").is_dir():
        yield Finding(
            path, f"environment.source {source!r} has a module 'igbuild'; rename it, the name is taken"
        )
    wrong = list(_entry_points(config, target))
    yield from wrong or check_arguments(config, target)


def _entry_points(config: ExperimentConfig, source: Path) -> Iterator[Finding]:
    environment = config.environment
    points: list[tuple[KeyPath, str | None]] = [
        (("environment", "entry_point"), environment.entry_point),
        (("environment", "on_game_step"), environment.on_game_step),
    ]
    for id_, bot in config.players.bots.items():
        points.append((("players", "bots", id_, "policy"), bot.policy))
    installed = {_import_name(text) for text in environment.packages}
    for path, point in points:
        if point is None or point.split(":")[0].split(".")[0].lower() in installed:
            continue
        problem = missing_module(point, source) or missing_name(point, source)
        if problem:
            yield Finding(path, f"{'.'.join(map(str, path))} is {point!r}, but {problem}")


def _import_name(package: str) -> str:
    """Guess what a package is imported as: its name, with underscores."""
    name = (
        re.split(r"[-[]", Path(package).name)[0] if is_local_package(package) else Requirement(package).name
    )
    return re.sub(r"\W", "_", name).lower()


def _packages(config: ExperimentConfig, root: Path) -> Iterator[Finding]:
    for index, text in enumerate(config.environment.packages):
        path = root / Path(re.sub(r"\[[^\]]*\]$", "", text)).expanduser()
        if is_local_package(text) and not path.exists():
            yield Finding(
                ("environment", "packages", index),
                f"environment.packages has {text!r}, which does not exist{_nearby(path)}",
            )


def _globals(config: ExperimentConfig) -> Iterator[Finding]:
    for name in config.environment.globals:
        if name in config.environment.kwargs:
            yield Finding(
                ("environment", "globals", name),
                f"environment.globals has {name!r}, which environment.kwargs fixes; keep one of them"
                " (a global's own value for everyone is its default)",
                on_key=True,
            )


def _assets(config: ExperimentConfig, root: Path) -> Iterator[Finding]:
    folder = config.assets.folder
    if folder is None:
        if config.assets.atlases:
            yield Finding(
                ("assets", "atlases"), "assets.atlases needs assets.folder, where the files lie", on_key=True
            )
        return
    problem = _inside(folder, root)
    if problem is None and not (root / folder).is_dir():
        problem = f"is {folder!r}, which is not a folder{_nearby(root / folder)}"
    if problem:
        yield Finding(("assets", "folder"), f"assets.folder {problem}")
        return
    for name, atlas in config.assets.atlases.items():
        for key, value in (("image", atlas.image), ("data", atlas.data)):
            problem = _file_inside(value, root / folder)
            if problem:
                yield Finding(("assets", "atlases", name, key), f"assets.atlases.{name}.{key} {problem}")


def _players(config: ExperimentConfig, root: Path) -> Iterator[Finding]:
    players = config.players
    for id_, bot in players.bots.items():
        if bot.onnx is not None and (problem := _file_inside(bot.onnx, root)):
            yield Finding(("players", "bots", id_, "onnx"), f"players.bots.{id_}.onnx {problem}")
    if players.humans is None:
        return
    humans = [str(id_) for id_ in players.humans]
    for index, id_ in enumerate(humans):
        if id_ in players.bots:
            yield Finding(
                ("players", "humans", index), f"players.humans has {id_!r}, which is a bot too; keep one"
            )
    for id_ in config.controls.agents:
        if id_ not in humans:
            hint = _did_you_mean(id_, humans)
            yield Finding(
                ("controls", "agents", id_),
                f"controls.agents has {id_!r}, whom no one of players.humans plays{hint}",
                on_key=True,
            )
    for id_ in players.names:
        if id_ not in humans and id_ not in players.bots:
            hint = _did_you_mean(id_, [*humans, *players.bots])
            yield Finding(
                ("players", "names", id_),
                f"players.names has {id_!r}, who is neither a human nor a bot{hint}",
                on_key=True,
            )


def _hud(config: ExperimentConfig) -> Iterator[Finding]:
    if config.players.humans is None:
        return
    known = [*map(str, config.players.humans), *config.players.bots]
    for id_ in hud_agents(config.game.hud):
        if id_ not in known:
            hint = _did_you_mean(id_, known)
            yield Finding(
                ("game", "hud"),
                f"game.hud has {{score.{id_}}}, and {id_!r} is neither a human nor a bot{hint}",
            )


def _base(config: ExperimentConfig, root: Path) -> Iterator[Finding]:
    base = config.pyodide.base
    if base is None or re.match(r"https?://", base):
        return
    if not (root / Path(base).expanduser()).is_dir():
        yield Finding(("pyodide", "base"), f"pyodide.base is {base!r}, which is not a folder nor a URL")


def _out(config: ExperimentConfig, root: Path) -> Iterator[Finding]:
    """Refuse a site that would be written over what it is made of."""
    out = _normal(root / config.bundle.out)
    keep = [("the experiment itself", root), ("environment.source", root / config.environment.source)]
    if config.assets.folder is not None:
        keep.append(("assets.folder", root / config.assets.folder))
    for name, folder in keep:
        inner = _normal(folder)
        inside_own = name == "assets.folder" and out.is_relative_to(inner)
        if inner.is_relative_to(out) or inside_own:
            yield Finding(
                ("bundle", "out"),
                f'bundle.out is {config.bundle.out!r}, where {name} lies; use a folder of its own, as "dist"',
            )
            return


def _file_inside(value: str, folder: Path) -> str | None:
    problem = _inside(value, folder)
    if problem is None and not (folder / value).is_file():
        return f"is {value!r}, which does not exist{_nearby(folder / value)}"
    return problem


def _inside(value: str, folder: Path) -> str | None:
    """Say why a path is not one inside the folder; links are followed."""
    if Path(value).is_absolute() or value.startswith("~"):
        return f"is {value!r}; it must be relative to the folder of experiment.toml"
    if not _normal(folder / value).is_relative_to(_normal(folder)) or not (
        (folder / value).resolve().is_relative_to(folder.resolve())
    ):
        return f"is {value!r}, which leads out of the experiment's folder; move it inside"
    return None


def _normal(path: Path) -> Path:
    return Path(os.path.normpath(path))


def _nearby(target: Path) -> str:
    """Name what lies beside a path that does not exist, if it looks like it."""
    try:
        names = [entry.name for entry in target.parent.iterdir() if not entry.name.startswith(".")]
    except OSError:
        return ""
    return _did_you_mean(target.name, names)


def _did_you_mean(text: str, known: list[str]) -> str:
    near = get_close_matches(text, known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _data(config: ExperimentConfig, root: Path) -> Iterator[Finding]:
    """Keep participants' data apart from what is shipped and from what a build replaces."""
    data = (root / config.server.data).resolve()
    for name, folder in (
        ("environment.source", config.environment.source),
        ("bundle.out", config.bundle.out),
    ):
        other = (root / folder).resolve()
        replaced = name == "bundle.out" and data.is_relative_to(other) and other != root
        if other.is_relative_to(data) or replaced:
            yield Finding(
                ("server", "data"),
                f"server.data is {config.server.data!r}, which {name} {folder!r} shares; give participants'"
                " data a folder of its own",
            )
            return

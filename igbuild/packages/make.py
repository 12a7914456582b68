"""Making a lock: base release, resolve, verified wheels, and exactly what the site needs of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name
from pyodide_lock.spec import PyodideLockSpec

from igbuild import __version__
from igbuild.errors import ConfigError, IgbuildError, IntegrityError
from igbuild.packages import base as bases
from igbuild.packages import (
    closure,
    compat,
    index,
    interpreter,
    local,
    pins,
    pip_config,
    resolve,
    stubs,
)
from igbuild.packages.describe import Resolved, of_distribution, of_wheel
from igbuild.packages.inputs import inputs_of
from igbuild.packages.lock import FORMAT, Lock, digest
from igbuild.packages.spec import Extras, join

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from igbuild.console import Console
    from igbuild.packages.base import Base
    from igbuild.packages.cache import Store
    from igbuild.packages.inputs import Inputs
    from igbuild.packages.local import LocalWheel
    from igbuild.packages.lock import LockRequest
    from igbuild.packages.resolve import Choice, Question


Root = tuple[str, "Iterable[str]"]
"""A requested name and the extras asked for."""


@dataclass(frozen=True)
class Options:
    """How a lock is to be made.

    Attributes:
        upgrade: take no pins from the existing lock.
        upgrade_packages: names whose pins are not taken.
        exclude_newer: ignore what the index got after this date (as uv reads it); by default the date that
            the existing lock records, unless all is upgraded.
        offline: ask no network.
    """

    upgrade: bool = False
    upgrade_packages: tuple[str, ...] = ()
    exclude_newer: str | None = None
    offline: bool = False

    def keeps(self, name: str) -> bool:
        """Say whether an existing pin of this name counts."""
        return not self.upgrade and canonicalize_name(name) not in map(
            canonicalize_name, self.upgrade_packages
        )

    def after(self, previous: Lock | None) -> Options:
        """Return the options with the date that holds after an existing lock."""
        if self.exclude_newer is not None or self.upgrade or previous is None:
            return self
        return replace(self, exclude_newer=previous.facts.get("exclude_newer"))


def make_lock(
    request: LockRequest,
    store: Store,
    *,
    previous: Lock | None = None,
    options: Options | None = None,
    console: Console | None = None,
) -> Lock:
    """Make the lock of an experiment.

    Args:
        request: what it depends on.
        store: the cache.
        previous: the existing lock, whose pins are preferred.
        options: how to make it.
        console: hears what is done.

    Raises:
        ConfigError: the request is malformed or has no solution.
        IntegrityError: something fetched has the wrong hash.
        IgbuildError: something could not be fetched.
    """
    options = (options or Options()).after(previous)
    inputs = inputs_of(request)
    pinned = previous is not None and previous.pyodide_version == request.pyodide and not options.upgrade
    base = bases.load(
        request.pyodide,
        request.base,
        request.root,
        store,
        integrity=previous.pyodide_integrity if previous is not None and pinned else None,
        offline=options.offline,
        console=console,
    )
    wishes = [wish for wish in inputs.named if base.target.applies(wish.requirement)]
    resolved: dict[str, Resolved] = {}
    wheels: list[LocalWheel] = []
    if wishes or inputs.local:
        if console is not None:
            console.step(f"resolving packages for Pyodide {base.version} (Python {base.target.python})")
        env = pip_config.uv_environment(pip_config.read(request.root))
        wheels = [local.take(item, request.root, base.target, store, env) for item in inputs.local]
        _check_distinct(wheels)
        question = resolve.Question(
            target=base.target,
            distribution=stubs.installable(base.lock.packages),
            requirements=[_without_marker(str(wish)) for wish in wishes],
            local={one.name: one for one in wheels},
            pins=_pins(previous, base, options),
            exclude_newer=options.exclude_newer,
            offline=options.offline,
        )
        choices = _ask(question, base, store, env)
        resolved = _collect(
            choices, wheels, base, store=store, request=request, previous=previous, options=options
        )
    roots: list[Root] = [(wish.requirement.name, wish.requirement.extras) for wish in wishes]
    roots += [(one.name, one.wish.extras) for one in wheels]
    return _assemble(inputs, base, resolved, roots=roots, wheels=wheels, previous=previous, options=options)


def _ask(question: Question, base: Base, store: Store, env: Mapping[str, str]) -> dict[str, Choice]:
    """Resolve with uv; the stubs of a distribution are kept, as they never change."""
    found = store.add_folder(
        f"stubs/{stubs.FORMAT}-{base.digest}", lambda folder: stubs.write(question.distribution, folder)
    )
    python = interpreter.interpreter(base.target, store)
    with store.temporary() as folder:
        return resolve.resolve(question, python, folder, resolve.with_stubs(env, found))


def _without_marker(requirement: str) -> str:
    """Return a requirement whose marker was found to hold: uv need not judge it again."""
    return requirement.partition(";")[0].strip()


def _check_distinct(wheels: Iterable[LocalWheel]) -> None:
    seen: dict[str, LocalWheel] = {}
    for one in wheels:
        if one.name in seen:
            raise ConfigError(
                f"[environment] packages: {seen[one.name].wish.path} and {one.wish.path} are both the "
                f"package {one.name}. Leave one out."
            )
        seen[one.name] = one


def _pins(previous: Lock | None, base: Base, options: Options) -> dict[str, str]:
    """Return the versions of the existing lock that are to be kept if they still fit.

    Those from another release's distribution mean nothing to this one.
    """
    if previous is None:
        return {}
    kept = {"index", "distribution"} if previous.pyodide_version == base.version else {"index"}
    return {
        key: entry.version
        for key, entry in previous.entries.items()
        if entry.source in kept and options.keeps(key)
    }


def _collect(
    choices: Mapping[str, Choice],
    wheels: Iterable[LocalWheel],
    base: Base,
    *,
    store: Store,
    request: LockRequest,
    previous: Lock | None,
    options: Options,
) -> dict[str, Resolved]:
    """Fetch what is not of the distribution, and describe everything chosen."""
    from_index = [choice for choice in choices.values() if choice.source == "index"]
    for choice in from_index:
        _check_same(choice, previous, options)
    files = index.fetch(from_index, base.target, store, cwd=request.root, offline=options.offline)
    resolved = of_distribution(base, choices)
    for choice in from_index:
        resolved[choice.name] = of_wheel(files[choice.name], choice.file_name, choice.sha256, "index")
    for one in wheels:
        resolved[one.name] = of_wheel(one.path, one.file_name, one.sha256, "path")
    for name, found in resolved.items():
        if found.facts["source"] != "distribution":
            path = files[name] if name in files else next(one.path for one in wheels if one.name == name)
            compat.check_wheel(path, found.package)
    return resolved


def _check_same(choice: Choice, previous: Lock | None, options: Options) -> None:
    """Refuse a file of the same name as a pinned one with other bytes, unless an upgrade was asked for."""
    pinned = previous.entries.get(choice.name) if previous is not None else None
    if pinned is None or pinned.name != choice.file_name or not options.keeps(choice.name):
        return
    if pinned.sha256 != choice.sha256:
        raise IntegrityError(
            f"{choice.file_name} on the index is not the locked file\n"
            f"  expected sha256 {pinned.sha256}\n  got      sha256 {choice.sha256}\n"
            f"If it was replaced on purpose, run `igbuild lock -P {choice.name}`."
        )


def _assemble(
    inputs: Inputs,
    base: Base,
    resolved: Mapping[str, Resolved],
    *,
    roots: Iterable[Root],
    wheels: Iterable[LocalWheel],
    previous: Lock | None,
    options: Options,
) -> Lock:
    """Prune to what the roots need, and put the file together."""
    needed = closure.close(roots, {name: found.node for name, found in resolved.items()}, base.target)
    if needed.missing:
        name, by = next(iter(sorted(needed.missing.items())))
        raise IgbuildError(f"{by} needs {name}, which uv left out of its answer; the lock was not made")
    packages = {
        name: resolved[name].package.model_copy(update={"depends": sorted(depends)})
        for name, depends in sorted(needed.depends.items())
    }
    facts: dict[str, Any] = {
        "base": base.digest,
        "esbuild": pins.load().esbuild,
        "format": FORMAT,
        "igbuild": __version__,
        "inputs": inputs.sha256,
        "local": {one.wish.path: {"name": one.name, "source": one.source_hash} for one in wheels},
        "npm": {name: _npm(name, previous, options) for name in inputs.npm},
        "pyodide": {"integrity": base.integrity, "version": base.version},
        "requested": inputs.requested,
    }
    if options.exclude_newer is not None:
        facts["exclude_newer"] = options.exclude_newer
    extras = Extras(
        top={"tool": {"igbuild": facts}},
        info=base.extras.info,
        packages={name: {"tool": {"igbuild": resolved[name].facts}} for name in packages},
    )
    spec = PyodideLockSpec(info=base.lock.info, packages=packages)
    facts["digest"] = digest(join(spec, extras))
    return Lock(spec, extras)


def _npm(name: str, previous: Lock | None, options: Options) -> dict[str, str]:
    """Return the pin of an npm part: the existing lock's, unless it is to be upgraded."""
    if previous is not None and name in previous.npm and options.keeps(name):
        return previous.npm[name]
    pin = pins.load().pin(name)
    return {"integrity": pin.integrity, "version": pin.version}

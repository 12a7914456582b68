"""Properties of the pruning and of the drift check: every change is noticed, and nothing else is."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement

from igbuild.packages.closure import Node, close
from igbuild.packages.drift import compare
from igbuild.packages.inputs import inputs_of
from igbuild.packages.lock import FORMAT, Lock, LockRequest, digest, parse_lock
from igbuild.packages.spec import to_text
from igbuild.packages.target import Target
from tests.stand_ins import INFO, sha256

TARGET = Target("314.0.7", "3.14.2", "2026_0", "5.0.3")
ROOT = Path(__file__).parent
NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta", "epsilon", "zeta"])
MARKERS = {"": True, "; sys_platform == 'emscripten'": True, "; sys_platform == 'linux'": False}
EXTRAS = st.sampled_from(["", "x", "y"])


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[tuple[str, str, str, str]]]:
    """For each package its needs: name, the extra it is needed for, the extra it is asked with, a marker."""
    need = st.tuples(NAMES, EXTRAS, EXTRAS, st.sampled_from(sorted(MARKERS)))
    return draw(st.dictionaries(NAMES, st.lists(need, max_size=4), min_size=1))


def node(needs: list[tuple[str, str, str, str]]) -> Node:
    lines = []
    for name, owner, asked, marker in needs:
        conditions = [
            part for part in (f"extra == '{owner}'" if owner else "", marker.removeprefix("; ")) if part
        ]
        text = (
            name + (f"[{asked}]" if asked else "") + (f"; {' and '.join(conditions)}" if conditions else "")
        )
        lines.append(Requirement(text))
    return Node(requires=tuple(lines))


def reference(graph: dict[str, list[tuple[str, str, str, str]]], roots: list[tuple[str, str]]) -> set[str]:
    """Return what is needed, by applying the definition until nothing is added."""
    needed = {(name, extra) for name, asked in roots for extra in {"", asked}}
    while True:
        more = {
            (name, extra)
            for owner, active in needed
            for name, for_extra, asked, marker in graph.get(owner, [])
            if for_extra in ("", active) and MARKERS[marker]
            for extra in {"", asked}
        }
        if more <= needed:
            return {name for name, _ in needed}
        needed |= more


@given(graphs(), st.lists(st.tuples(NAMES, EXTRAS), max_size=3))
def test_the_closure_holds_exactly_what_is_needed(
    graph: dict[str, list[tuple[str, str, str, str]]], roots: list[tuple[str, str]]
) -> None:
    nodes = {name: node(needs) for name, needs in graph.items()}
    found = close([(name, [extra] if extra else []) for name, extra in roots], nodes, TARGET)
    assert found.depends.keys() | found.missing.keys() == reference(graph, roots)
    assert found.depends.keys() <= graph.keys()
    assert not found.missing.keys() & graph.keys()
    for depends in found.depends.values():
        assert depends <= found.depends.keys() | found.missing.keys()


VERSIONS = st.sampled_from(["1.0", "1.5", "2.0"])
WISHES = st.dictionaries(NAMES, st.sampled_from(["", ">=1.0", "==1.5", "<3", ">=1; python_version > '3'"]))


def lock_of(packages: dict[str, str], request: LockRequest) -> Lock:
    """Return the lock of packages without dependencies, as igbuild would write it."""
    entries = {
        name: {
            "name": name,
            "version": version,
            "file_name": f"{name}-{version}-py3-none-any.whl",
            "install_dir": "site",
            "sha256": sha256(f"{name} {version}".encode()),
            "package_type": "package",
            "imports": [name],
            "depends": [],
            "unvendored_tests": False,
            "tool": {"igbuild": {"size": 1000, "source": "index"}},
        }
        for name, version in packages.items()
    }
    inputs = inputs_of(request)
    facts: dict[str, Any] = {
        "base": "0" * 64,
        "esbuild": "0.28.2",
        "format": FORMAT,
        "igbuild": "0.1.0",
        "inputs": inputs.sha256,
        "local": {},
        "npm": {name: {"integrity": "sha512-x", "version": "4.2.1"} for name in inputs.npm},
        "pyodide": {"integrity": "sha512-y", "version": request.pyodide},
        "requested": inputs.requested,
    }
    data: dict[str, Any] = {"info": dict(INFO), "packages": entries, "tool": {"igbuild": facts}}
    facts["digest"] = digest(data)
    return parse_lock(to_text(data), "pyodide-lock.json")


@st.composite
def locked(draw: st.DrawFn) -> tuple[LockRequest, Lock]:
    """A request and its lock."""
    wishes = draw(WISHES)
    npm = draw(st.sampled_from([(), ("phaser",)]))
    request = LockRequest("314.0.7", tuple(name + wish for name, wish in wishes.items()), npm, ROOT)
    packages = dict.fromkeys(wishes, "1.5")
    return request, lock_of(packages, request)


@given(locked(), st.randoms())
def test_a_lock_answers_its_own_request_however_that_is_written(
    made: tuple[LockRequest, Lock], random: Any
) -> None:
    request, lock = made
    packages = [text.replace("==", " == ").replace(">=", " >=") for text in request.packages]
    packages = [text.upper() if ";" not in text else text for text in packages] * 2
    random.shuffle(packages)
    assert compare(lock, LockRequest("314.0.7", tuple(packages), request.npm, ROOT)).lines == []


@given(locked(), st.integers(0, 4))
def test_the_layout_of_the_file_and_the_igbuild_that_wrote_it_do_not_matter(
    made: tuple[LockRequest, Lock], indent: int
) -> None:
    request, lock = made
    data = lock.to_json()
    data["tool"]["igbuild"]["igbuild"] = "9.9.9"
    shuffled = dict(sorted(data.items(), reverse=True))
    again = parse_lock(json.dumps(shuffled, indent=indent), "pyodide-lock.json")
    assert compare(again, request).lines == []


@given(locked(), locked())
def test_any_other_request_is_noticed(
    made: tuple[LockRequest, Lock], other: tuple[LockRequest, Lock]
) -> None:
    request, lock = made
    asked, _ = other
    same = inputs_of(request).requested == inputs_of(asked).requested and request.npm == asked.npm
    assert compare(lock, asked).current == same


@given(locked(), st.sampled_from(["314.0.6", "0.29.5"]))
def test_another_release_is_noticed(made: tuple[LockRequest, Lock], version: str) -> None:
    request, lock = made
    drift = compare(lock, LockRequest(version, request.packages, request.npm, ROOT))
    assert drift.lines[:2] == ["- pyodide 314.0.7", f"+ pyodide {version}"]


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for key, part in value.items() for leaf in leaves(part, (*path, key))]
    if isinstance(value, list) and value:
        return [leaf for key, part in enumerate(value) for leaf in leaves(part, (*path, key))]
    return [path]


UNWATCHED = {("tool", "igbuild", "igbuild"), ("tool", "igbuild", "format")}
"""What may change: who wrote it. (Another format is refused when the file is read.)"""


@settings(max_examples=200)
@given(locked(), st.data())
def test_any_change_of_the_file_is_noticed(made: tuple[LockRequest, Lock], data: st.DataObject) -> None:
    request, lock = made
    content = copy.deepcopy(lock.to_json())
    path = data.draw(st.sampled_from([leaf for leaf in leaves(content) if leaf not in UNWATCHED]))
    holder = content
    for key in path[:-1]:
        holder = holder[key]
    old = holder[path[-1]]
    if path[-1] == "package_type":
        new: Any = "static_library"
    elif isinstance(old, bool):
        new = not old
    elif isinstance(old, int):
        new = old + 1
    elif isinstance(old, str):
        new = "wasm64" if path[-1] == "arch" else old + "0"
    elif isinstance(old, dict):
        new = {**old, "added": {"version": "1", "integrity": "x"}}
    else:
        new = [*old, "added"]
    holder[path[-1]] = new
    assert not compare(parse_lock(to_text(content), "pyodide-lock.json"), request).current


@given(locked(), VERSIONS, st.data())
def test_what_a_consistent_but_wrong_lock_holds_is_noticed(
    made: tuple[LockRequest, Lock], version: str, data: st.DataObject
) -> None:
    """Even a lock whose own hash is right must satisfy the wishes, with markers and versions."""
    request, lock = made
    if not lock.entries:
        return
    name = data.draw(st.sampled_from(sorted(lock.entries)))
    versions = {key: entry.version for key, entry in lock.entries.items()} | {name: version}
    wish = next(Requirement(text) for text in request.packages if Requirement(text).name == name)
    found = compare(lock_of(versions, request), request)
    assert found.current == wish.specifier.contains(version)
    del versions[name]
    assert compare(lock_of(versions, request), request).lines == [f"+ package {wish} is not in the lock"]

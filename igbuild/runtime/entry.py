"""From the `module:callable` of the TOML to the object it names, with readable errors on the way."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Final

from igbuild.runtime.errors import EntryPointError, GlobalsError

_TYPES: Final[dict[str, type]] = {"int": int, "float": float, "str": str, "bool": bool}


def load_object(point: str, setting: str) -> Any:
    """Import what `point` names.

    Args:
        point: `module:name`, where the name may have dots.
        setting: of experiment.toml, named in errors: `environment.entry_point`.

    Raises:
        EntryPointError: no such module or name. An exception in the module itself is let through.
    """
    module_name, _, path = point.partition(":")
    if not module_name or not path:
        raise EntryPointError(f'{setting} is "{point}"; write it as "module:callable".')
    try:
        found: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise EntryPointError(_not_found(point, setting, module_name, error)) from error
    for name in path.split("."):
        if not hasattr(found, name):
            from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

            near = get_close_matches(name, [known for known in dir(found) if known[0] != "_"], 1)
            hint = f' Did you mean "{near[0]}"?' if near else ""
            raise EntryPointError(f'{setting} is "{point}", but {module_name} has no {name!r}.{hint}')
        found = getattr(found, name)
    return found


def _not_found(point: str, setting: str, module_name: str, error: ModuleNotFoundError) -> str:
    missing = error.name or ""
    if module_name == missing or module_name.startswith(f"{missing}."):
        return f'{setting} is "{point}", but there is no module {missing!r}; is it in environment.source?'
    if missing.partition(".")[0] in sys.stdlib_module_names:
        return (
            f'{setting} is "{point}", but importing {module_name} needs the module {missing!r}, which Python '
            "has elsewhere, and not in a browser; do without it."
        )
    return (
        f'{setting} is "{point}", but importing {module_name} needs the module {missing!r}, which is not '
        "there; add the package that holds it to environment.packages, and lock again."
    )


def check_globals(given: dict[str, Any], declared: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the keyword arguments that a participant's parameters give the entry point.

    Args:
        given: parameters by name, as text, or already as JSON values.
        declared: by name `{"type", "default"?, "choices"?}`, of `[environment.globals]`.

    Raises:
        GlobalsError: one that is not declared, of another type, or none of its choices.
    """
    values = {name: spec["default"] for name, spec in declared.items() if spec.get("default") is not None}
    for name, value in given.items():
        if name not in declared:
            known = ", ".join(declared) or "none"
            raise GlobalsError(f"{name!r} is not a parameter of this experiment; it has: {known}.")
        values[name] = _typed(name, value, declared[name])
    return values


def _typed(name: str, value: Any, spec: dict[str, Any]) -> Any:
    kind = spec["type"]
    typed = _from_text(value, kind) if isinstance(value, str) and kind != "str" else value
    if kind == "float" and type(typed) is int:
        typed = float(typed)
    if type(typed) is not _TYPES[kind]:
        raise GlobalsError(f"the parameter {name!r} is of type {kind}, not {value!r}.")
    choices = spec.get("choices")
    if choices and typed not in choices:
        raise GlobalsError(f"the parameter {name!r} is one of {', '.join(map(str, choices))}, not {value!r}.")
    return typed


def _from_text(text: str, kind: str) -> Any:
    if kind == "bool":
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower())
    try:
        return _TYPES[kind](text)
    except ValueError:
        return None

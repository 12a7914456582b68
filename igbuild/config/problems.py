"""From what pydantic found to sentences that name the setting, the place and the way out."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, get_args

from pydantic import BaseModel

from igbuild.config.model import ExperimentConfig
from igbuild.config.values import show
from igbuild.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import ErrorDetails

    from igbuild.config.locate import KeyPath, Locations

_TYPES: Final = {
    "int_type": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "bool_type": "true or false, without quotes",
    "string_type": "a string, in quotes",
    "list_type": "an array, in [ ]",
    "dict_type": "a table",
    "model_type": "a table",
    "finite_number": "a finite number",
}
_PATTERNS: Final = {
    "experiment.name": "lower-case letters, digits, - and _ (it names files and data)",
    "pyodide.version": 'a version in full, as in "314.0.7"',
}


@dataclass(frozen=True)
class Finding:
    """A mistake and the key path it belongs to.

    Attributes:
        path: the setting; for a missing one its own path, though nothing stands there.
        message: the whole sentence.
        on_key: the mistake is the key itself, not its value.
    """

    path: KeyPath
    message: str
    on_key: bool = False

    def at(self, locations: Locations) -> Problem:
        """Add the place in the text."""
        place = locations.key(self.path) if self.on_key else locations.value(self.path)
        return Problem(self.message, place.line, place.column)


def findings(errors: Iterable[ErrorDetails], data: dict[str, Any]) -> list[Finding]:
    """Explain the errors of one validation; `data` is what was validated."""
    errors = list(errors)
    unknown = [_path(error, data)[0] for error in errors if error["type"] == "extra_forbidden"]
    misspelt = {(*path[:-1], near) for path in unknown if (near := _near(path))}
    return [
        _explain(error, data)
        for error in errors
        if not (error["type"] == "missing" and _path(error, data)[0] in misspelt)
    ]


def _explain(error: ErrorDetails, data: dict[str, Any]) -> Finding:
    path, on_key = _path(error, data)
    match error["type"]:
        case "extra_forbidden":
            return Finding(path, _unknown(path), on_key=True)
        case "missing":
            return Finding(path, _missing(path), on_key=True)
        case "value_error":
            subject = dotted(path[:-1]) if on_key else dotted(path)
            return Finding(path, f"{subject} {error['ctx']['error']}", on_key)
        case _:
            return Finding(path, f"{dotted(path)} is {show(error['input'])}; {_wanted(error, path)}")


def _wanted(error: ErrorDetails, path: KeyPath) -> str:
    """Say what the value should have been."""
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    if kind == "literal_error":
        return _choices(context["expected"], value)
    if kind == "string_pattern_mismatch":
        return f"it must be {_PATTERNS.get(dotted(path), 'one line of text')}"
    if kind in _TYPES:
        return f"it must be {_TYPES[kind]}{_unquote(kind, value)}"
    return f"it {_limit(kind, context, error['msg'])}"


def _path(error: ErrorDetails, data: dict[str, Any]) -> tuple[KeyPath, bool]:
    """Follow pydantic's location through the data, leaving out the parts that name no key."""
    path: KeyPath = ()
    current: Any = data
    *parents, last = error["loc"]
    for part in parents:
        inside = isinstance(current, dict) and part in current
        if inside or (isinstance(current, list) and isinstance(part, int)):
            path, current = (*path, part), current[part]
    if last == "[key]":
        return path, True
    if error["type"] == "missing" or (isinstance(current, dict) and last in current):
        return (*path, last), False
    if isinstance(current, list) and isinstance(last, int):
        return (*path, last), False
    return path, False


def dotted(path: KeyPath) -> str:
    """Write a key path as TOML does, array indices in brackets."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            bare = part.replace("-", "").replace("_", "").isalnum() and part.isascii()
            text += ("." if text else "") + (part if bare else f'"{part}"')
    return text


def _unknown(path: KeyPath) -> str:
    section, key = dotted(path[:-1]), str(path[-1])
    what = f"[{section}] has no key {key!r}" if section else f"there is no section [{key}]"
    near = _near(path)
    if near:
        return f"{what}; did you mean {near!r}?"
    home = [name for name in ExperimentConfig.model_fields if key in _known_keys((name,))]
    if home:
        return f"{what}; {key!r} belongs to [{home[0]}]"
    return f"{what}; there are: {', '.join(_known_keys(path[:-1]))}"


def _near(path: KeyPath) -> str | None:
    near = get_close_matches(str(path[-1]), _known_keys(path[:-1]), 1)
    return near[0] if near else None


def _missing(path: KeyPath) -> str:
    if len(path) == 1:
        needed = [n for n, field in _model_at(path).model_fields.items() if field.is_required()]
        return f"the section [{path[0]}] is missing; add it, with {' and '.join(needed)}"
    section = _model_at(path[:-1])
    examples = section.model_json_schema()["properties"].get(str(path[-1]), {}).get("examples")
    example = f'add {path[-1]} = "{examples[0]}"' if examples else "add it"
    return f"[{dotted(path[:-1])}] lacks {path[-1]!r}; {example}"


def _known_keys(path: KeyPath) -> list[str]:
    return list(_model_at(path).model_fields)


def _model_at(path: KeyPath) -> type[BaseModel]:
    """Return the class of the table at a path; keys that users choose lead to the class of their values."""
    model: type[BaseModel] = ExperimentConfig
    for part in path:
        field = model.model_fields.get(str(part))
        if field is not None:
            found = _find_model(field.annotation)
            model = found or model
    return model


def _find_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_find_model, get_args(annotation))), None)


def _choices(expected: str, value: Any) -> str:
    names = [name.strip("'") for name in expected.replace(" or ", ", ").split(", ")]
    near = get_close_matches(str(value), names, 1, 0.5)
    if near:
        return f'did you mean "{near[0]}"?'
    return "it must be " + " or ".join(f'"{name}"' for name in names)


def _unquote(kind: str, value: Any) -> str:
    """Suggest the bare value where only the quotes are wrong."""
    if not isinstance(value, str):
        return ""
    if kind in ("int_type", "float_type") and value.strip().removeprefix("-").replace(".", "", 1).isdigit():
        return f"; write {value.strip()} without quotes"
    return ""


def _limit(kind: str, context: dict[str, Any], message: str) -> str:
    match kind:
        case "greater_than_equal":
            return f"must be at least {context['ge']}"
        case "less_than_equal":
            return f"must be at most {context['le']}"
        case "greater_than":
            return f"must be more than {context['gt']}"
        case "string_too_long":
            return f"may have {context['max_length']} characters"
        case "string_too_short" | "too_short":
            return "must not be empty"
        case _:
            return f"is refused: {message}"

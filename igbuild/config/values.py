"""The kinds of value that settings take: each a type with a check that explains what is wrong.

The checks raise ValueError with the end of a sentence that begins with the setting's name.
"""

from __future__ import annotations

import keyword
import math
import re
from datetime import date, time
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, TypeAlias

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from pydantic import AfterValidator, Field, PlainValidator, StringConstraints, WithJsonSchema

from igbuild.config.addresses import check_endpoint, check_host, check_redirect
from igbuild.config.keys import check_keys, split_keys
from igbuild.runtime.style import COLORS, color

# Whole numbers beyond it change when JavaScript reads them.
LARGEST_INT: Final = 2**53 - 1

HUD_NAMES: Final = ("score", "step", "max_steps", "episode", "episodes", "time_left", "player")
_HUD_PART: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_LOCAL_PACKAGE: Final = re.compile(r"(\.{1,2}|~)?[/\\]|.*\.whl(\[[^\]]*\])?$")
_ENTRY_POINT: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


def check_entry_point(text: str) -> str:
    """Accept `module:callable`, both dotted if need be."""
    if not _ENTRY_POINT.fullmatch(text):
        hint = ""
        if text.count(":") == 0 and text.count("."):
            module, _, name = text.rpartition(".")
            hint = f'; did you mean "{module}:{name}"?'
        raise ValueError(f'is {text!r}; it must be "module:callable", as in "env:make_env"{hint}')
    return text


def check_identifier(text: str) -> str:
    """Accept a name that Python can take as a keyword argument."""
    if not text.isidentifier() or keyword.iskeyword(text):
        near = re.sub(r"\W", "_", text)
        hint = f'; did you mean "{near}"?' if near != text and near.isidentifier() else ""
        raise ValueError(f"has the name {text!r}, which cannot be a keyword argument in Python{hint}")
    return text


def is_local_package(text: str) -> bool:
    """Tell a wheel or a project's folder (`"./mylib"`, `"wheels/lib.whl"`) from a requirement by name."""
    return bool(_LOCAL_PACKAGE.match(text)) and "://" not in text


def check_requirement(text: str) -> str:
    """Accept a requirement by name and version, as pip takes it, or a path."""
    if is_local_package(text):
        return text
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        raise ValueError(
            f'is {text!r}, which is neither a requirement, as "numpy>=2", nor a path, as "./mylib"'
        ) from None
    if requirement.url:
        raise ValueError(
            f"has the URL {requirement.url!r}, and a lock holds none; name the package {requirement.name!r}"
            " alone, or download the wheel and give its path"
        )
    return text


def check_packages(packages: list[str]) -> list[str]:
    """Refuse a package that is listed twice for the same circumstances."""
    named = [Requirement(text) for text in packages if not is_local_package(text)]
    names = [canonicalize_name(item.name) for item in named if item.marker is None]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"lists {name!r} twice; keep one line with all its conditions")
    return packages


def check_color(text: str) -> str:
    """Return a colour as `#rrggbb`; the drawing surface accepts the same ones."""
    try:
        return color("", "", text)
    except ValueError:
        near = get_close_matches(text.lower(), COLORS, 1)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        raise ValueError(f'is {text!r}; a colour is "#rgb", "#rrggbb" or a name{hint}') from None


def check_hud(text: str) -> str:
    """Accept text whose `{names}` the game can fill in; `{{` and `}}` stand for braces."""
    for part in _HUD_PART.finditer(text):
        name = part[1]
        if part[0] in ("{{", "}}") or name in HUD_NAMES:
            continue
        if name is None:
            raise ValueError(f"has a lone {part[0]!r}; write it twice to show a brace")
        if not (name.startswith("score.") and len(name) > len("score.")):
            known = " ".join(f"{{{word}}}" for word in HUD_NAMES)
            raise ValueError(f"has {{{name}}}; it can show {known} and {{score.AGENT}}")
    return text


def hud_agents(text: str) -> list[str]:
    """Return the agents whose score an accepted text shows by `{score.AGENT}`, in its order."""
    names = [part[1] or "" for part in _HUD_PART.finditer(text) if part[0] not in ("{{", "}}")]
    return [name.removeprefix("score.") for name in names if name.startswith("score.")]


def check_action(value: Any) -> int | list[int | float]:
    """Accept a discrete action, or the list of numbers of a Box or MultiDiscrete one."""
    if _is_int(value):
        return _small(value)
    if isinstance(value, list) and value and all(_is_number(part) for part in value):
        return list(value)
    wrong = [part for part in value if not _is_number(part)] if isinstance(value, list) else []
    what = f"{show(value)} with {show(wrong[0])}" if wrong else show(value)
    raise ValueError(f"is {what}; an action is an integer, or a list of numbers")


def check_agent_id(value: Any) -> int | str:
    """Accept an agent's id, which keeps its type."""
    if _is_int(value) or (isinstance(value, str) and value):
        return value  # type: ignore[no-any-return]
    raise ValueError(f"has {show(value)}; an agent's id is a string or an integer")


def check_scalar(value: Any) -> bool | int | float | str:
    """Accept what a URL parameter can carry."""
    if isinstance(value, (bool, str)) or _is_number(value):
        return value  # type: ignore[no-any-return]
    raise ValueError(f"is {show(value)}; it must be an integer, a float, a string or a boolean")


def check_plain(value: Any) -> Any:
    """Accept what JSON can carry unchanged: tables, lists, strings, booleans, finite numbers."""
    if isinstance(value, dict):
        return {key: check_plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [check_plain(part) for part in value]
    if isinstance(value, (date, time)):
        raise ValueError(f'has the date or time {value}, which JSON does not know; quote it: "{value}"')
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"has {value}, which JSON does not know; leave it to the environment's default")
    return _small(value) if _is_int(value) else value


def check_key_map(keys: dict[str, Any]) -> dict[str, Any]:
    """Refuse two spellings of one combination."""
    seen: dict[frozenset[str], str] = {}
    for text in keys:
        other = seen.setdefault(frozenset(split_keys(text)), text)
        if other != text:
            raise ValueError(f"has {other!r} and {text!r}, which are the same keys; keep one")
    return keys


def check_unique(items: list[Any]) -> list[Any]:
    """Refuse an entry that stands twice (an id as a string and as an integer included)."""
    words = [str(item) for item in items]
    for word in words:
        if words.count(word) > 1:
            raise ValueError(f"lists {word!r} twice")
    return items


def check_folder_url(text: str) -> str:
    """Return a base address with its final slash; a local folder stays as it is."""
    if not text:
        raise ValueError("is empty; give a URL or a folder, or leave it out")
    if re.match(r"https?://", text):
        return text.rstrip("/") + "/"
    if "://" in text:
        raise ValueError(f"is {text!r}; it must be a URL with http or https, or a folder")
    return text


def check_pattern(text: str) -> str:
    """Return a pattern of paths that can match something below a folder.

    Raises:
        ValueError: it is empty, absolute, or leads out of the folder.
    """
    if not text.strip("/") or text.startswith(("/", "./", "~")) or ".." in text.split("/") or "\\" in text:
        raise ValueError(f'is {text!r}; write a name or a path below the source with "/", as "results/*.csv"')
    return text


def show(value: Any) -> str:
    """Name a value and its TOML type, for a message."""
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "an array"
    for kind, name in ((int, "integer"), (float, "float"), (str, "string")):
        if isinstance(value, kind):
            return f"the {name} {value!r}"
    return f"the date or time {value}"


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_int(value) or (isinstance(value, float) and math.isfinite(value))


def _small(value: int) -> int:
    if abs(value) > LARGEST_INT:
        raise ValueError(f"has {value}; whole numbers reach to {LARGEST_INT} in a browser")
    return value


Slug: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64), Field(examples=["my-study"])
]
Line: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]+$", max_length=200)]
Pattern: TypeAlias = Annotated[str, AfterValidator(check_pattern), Field(examples=["*.csv"])]
RelativePath: TypeAlias = Annotated[str, StringConstraints(min_length=1)]
Version: TypeAlias = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+([a-z]+\d+)?$")]
EntryPoint: TypeAlias = Annotated[str, AfterValidator(check_entry_point), Field(examples=["env:make_env"])]
Identifier: TypeAlias = Annotated[str, AfterValidator(check_identifier)]
PackageList: TypeAlias = Annotated[
    list[Annotated[str, AfterValidator(check_requirement)]], AfterValidator(check_packages)
]
Color: TypeAlias = Annotated[str, AfterValidator(check_color)]
Hud: TypeAlias = Annotated[str, AfterValidator(check_hud)]
Parameters: TypeAlias = Annotated[
    list[Annotated[str, StringConstraints(pattern=r"^[^\s&=#+%]+$", max_length=64)]],
    AfterValidator(check_unique),
    Field(max_length=32, examples=[["STUDY_ID", "SESSION_ID"]]),
]
Paragraphs: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[^\x00-\x09\x0b-\x1f]*$", max_length=2000, strip_whitespace=True)
]
HostName: TypeAlias = Annotated[str, AfterValidator(check_host), Field(examples=["games.lab.example"])]
Origin: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^https?://[a-z0-9.\[\]:-]+$"),
    Field(examples=["https://games.lab.example"]),
]
Endpoint: TypeAlias = Annotated[str, AfterValidator(check_endpoint)]
Redirect: TypeAlias = Annotated[str, AfterValidator(check_redirect)]
StunAddress: TypeAlias = Annotated[str, StringConstraints(pattern=r"^stuns?:[^\s?]+$")]
TurnAddress: TypeAlias = Annotated[str, StringConstraints(pattern=r"^turns?:\S+$")]
BaseAddress: TypeAlias = Annotated[str, AfterValidator(check_folder_url)]
Action: TypeAlias = Annotated[
    int | list[int | float], PlainValidator(check_action, json_schema_input_type=int | list[float])
]
AgentId: TypeAlias = Annotated[int | str, PlainValidator(check_agent_id, json_schema_input_type=int | str)]
AgentIds: TypeAlias = Annotated[list[AgentId], AfterValidator(check_unique), Field(min_length=1)]
Scalar: TypeAlias = Annotated[
    bool | int | float | str,
    PlainValidator(check_scalar, json_schema_input_type=bool | int | float | str),
]
Plain: TypeAlias = Annotated[Any, AfterValidator(check_plain), WithJsonSchema({})]
KeyMap: TypeAlias = Annotated[
    dict[Annotated[str, AfterValidator(check_keys)], Action], AfterValidator(check_key_map)
]
KeyLabels: TypeAlias = Annotated[
    dict[Annotated[str, AfterValidator(check_keys)], Line], AfterValidator(check_key_map)
]
Kind: TypeAlias = Literal["int", "float", "str", "bool"]
Ending: TypeAlias = Literal[
    "completed",
    "partner_left",
    "partner_focus_timeout",
    "focus_timeout",
    "nobody_came",
    "halted",
    "failed",
]
Endings: TypeAlias = Annotated[list[Ending], AfterValidator(check_unique), Field(min_length=1)]

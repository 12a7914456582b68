"""The reference of experiment.toml as Markdown, made from the model: python -m igbuild.config.reference."""

from __future__ import annotations

import json
import sys
import textwrap
from typing import TYPE_CHECKING, Any

from igbuild.config.keys import NAMED_KEYS
from igbuild.config.model import ExperimentConfig
from igbuild.config.schema import experiment_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTRO = """\
# experiment.toml

Every section and key, with its type, its default and what it means. Only `[experiment]` and `[environment]`
are required. Paths are relative to the folder of the file. Values keep their TOML types: `30` is an integer,
`"30"` is not. Unknown keys are errors, and every error names `file:line:column`.

`igbuild init` writes `experiment.schema.json` beside the TOML, and `igbuild schema` prints it; with the line
`#:schema ./experiment.schema.json` at the top, editors that know TOML complete and check as you type.

This page is made from the model (`python -m igbuild.config.reference > docs/experiment-toml.md`); a test
holds the two equal.

```toml
{example}```
"""

EXAMPLE = """\
[experiment]
name = "my-study"

[environment]
entry_point = "env:make_env"
packages = ["numpy"]

[environment.globals]
condition = { type = "str", default = "easy", choices = ["easy", "hard"] }

[game]
fps = 30
hud = "Score {score}   Time {time_left}"

[controls.keys]
ArrowLeft = 1
ArrowRight = 2
"ArrowUp+ArrowLeft" = 3
" " = 4
"""

_KEYS = """\
## Names of keys

A key is written as the browser's `event.key`: one character (`"a"`, `"7"`, `" "` for the space bar), or one
of

{names}.

Letters match with and without Caps Lock, unless both cases of one letter are bound. Of the
combinations whose keys are all held, the one with most keys acts.
"""


def reference() -> str:
    """Return the whole page."""
    schema = experiment_schema()
    parts = [_INTRO.format(example=EXAMPLE)]
    for name in ExperimentConfig.model_fields:
        parts += _section(f"[{name}]", schema["properties"][name], schema["$defs"])
    names = ", ".join(f"`{name}`" for name in sorted(NAMED_KEYS, key=_key_order))
    parts.append(_KEYS.format(names=textwrap.fill(names, 110)))
    return "\n".join(parts)


def _section(title: str, node: dict[str, Any], models: dict[str, Any]) -> Iterator[str]:
    """Write a table's section, and behind it those of the tables inside."""
    model = models[_model_name(node)]
    required = model.get("required", [])
    lines = [f"## `{title}`", "", model["description"], "", "| key | type | default | meaning |"]
    lines.append("|---|---|---|---|")
    for name, setting in model["properties"].items():
        default = "**required**" if name in required else _default(setting)
        meaning = setting["description"].replace("|", "\\|")
        lines.append(f"| `{name}` | {_type(setting)}{_range(setting)} | {default} | {meaning} |")
    yield "\n".join(lines) + "\n"
    for name, setting in model["properties"].items():
        if values := setting.get("additionalProperties"):
            inner = _find_reference(values)
            if inner:
                yield from _section(f"{title[:-1]}.{name}.NAME]", inner, models)


def _model_name(node: dict[str, Any]) -> str:
    return str(node["$ref"]).rpartition("/")[2]


def _find_reference(node: Any) -> dict[str, Any] | None:
    if not isinstance(node, dict):
        return None
    if "$ref" in node:
        return node
    return next(filter(None, map(_find_reference, node.get("anyOf", []))), None)


def _type(node: dict[str, Any]) -> str:
    if "enum" in node:
        return " or ".join(f"`{json.dumps(value)}`" for value in node["enum"])
    if "anyOf" in node:
        return " or ".join(_type(option) for option in node["anyOf"])
    if "$ref" in node:
        return "table"
    kind = node.get("type", "any value")
    if kind == "array":
        return f"array of {_plural(_type(node['items']))}"
    if kind == "object":
        values = node.get("additionalProperties")
        return f"table of {_plural(_type(values))}" if isinstance(values, dict) and values else "table"
    return str(kind)


def _plural(kind: str) -> str:
    return " or ".join(
        word if word.startswith(("`", "array of", "table of", "any ")) else f"{word}s"
        for word in kind.split(" or ")
    )


def _range(node: dict[str, Any]) -> str:
    if "minimum" in node and "maximum" in node:
        return f", {node['minimum']} to {node['maximum']}"
    if "exclusiveMinimum" in node:
        return f", above {node['exclusiveMinimum']:g}, to {node['maximum']:g}"
    return ""


def _default(node: dict[str, Any]) -> str:
    default = node.get("default")
    return "" if default in (None, "", {}, []) else f"`{json.dumps(default)}`"


def _key_order(name: str) -> tuple[str, int]:
    return (name.rstrip("0123456789"), int(name[1:]) if name[1:].isdigit() else 0)


if __name__ == "__main__":
    sys.stdout.write(reference())

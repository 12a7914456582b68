"""The JSON Schema of experiment.toml, by which editors complete, explain and check it."""

from __future__ import annotations

import ast
import inspect
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from igbuild.config import model
from igbuild.config.model import ExperimentConfig


def experiment_schema() -> dict[str, Any]:
    """Return the schema; it follows from the model alone."""
    schema = ExperimentConfig.model_json_schema()
    texts = _docstrings(Path(model.__file__).read_text(encoding="utf-8"))
    for name, node in {**schema["$defs"], ExperimentConfig.__name__: schema}.items():
        for setting, part in node["properties"].items():
            if text := texts[name].get(setting):
                part["description"] = text
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_tidy(schema, named=False)}


def _docstrings(source: str) -> dict[str, dict[str, str]]:
    """Read what stands below each attribute of each class.

    Pydantic can do it too, at every import of the model.
    """
    return {
        kind.name: {
            one.target.id: inspect.cleandoc(text.value.value)
            for one, text in pairwise(kind.body)
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
            if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
            if isinstance(text.value.value, str)
        }
        for kind in ast.parse(source).body
        if isinstance(kind, ast.ClassDef)
    }


def schema_text() -> str:
    """Return the schema as it is written to experiment.schema.json."""
    return json.dumps(experiment_schema(), indent=2, ensure_ascii=False) + "\n"


def _tidy(node: Any, *, named: bool) -> Any:
    """Join wrapped lines, and drop titles made from names and defaults that say no more than "empty".

    Args:
        node: part of a schema.
        named: the keys of this table are settings' names, not words of JSON Schema.
    """
    if isinstance(node, list):
        return [_tidy(part, named=False) for part in node]
    if not isinstance(node, dict):
        return node
    if named:
        return {name: _tidy(part, named=False) for name, part in node.items()}
    kept = {
        key: _tidy(part, named=key in ("properties", "$defs"))
        for key, part in node.items()
        if key != "title" and not (key == "default" and (part is None or isinstance(part, dict)))
    }
    if isinstance(kept.get("description"), str):
        kept["description"] = " ".join(kept["description"].split())
    options = [option for option in kept.get("anyOf", []) if option != {"type": "null"}]
    if options and options != kept["anyOf"]:
        kept.pop("anyOf")
        kept = {**kept, **(options[0] if len(options) == 1 else {"anyOf": options})}
    return kept

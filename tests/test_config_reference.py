"""The reference and the schema say what the model says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import tomli

from igbuild.config.model import ExperimentConfig
from igbuild.config.reader import read_config
from igbuild.config.reference import EXAMPLE, reference
from igbuild.config.schema import experiment_schema, schema_text

ROOT = Path(__file__).parents[1]


def test_the_reference_in_docs_is_the_one_made_from_the_model() -> None:
    docs = (ROOT / "docs" / "experiment-toml.md").read_text(encoding="utf-8")
    assert docs == reference(), "run: python -m igbuild.config.reference > docs/experiment-toml.md"


def test_the_reference_explains_every_setting() -> None:
    text = reference()
    for name, field in ExperimentConfig.model_fields.items():
        section = text.split(f"## `[{name}]`")[1].split("\n## ")[0]
        described = experiment_schema()["$defs"][field.annotation.__name__]["properties"]  # type: ignore[union-attr]
        for key, setting in described.items():
            assert setting.get("description"), f"{name}.{key} has no docstring"
            assert re.search(rf"^\| `{key}` \| \S.* \| .* \| .{{10,}} \|$", section, re.MULTILINE), (
                f"{name}.{key}"
            )


def test_the_example_of_the_reference_is_valid() -> None:
    config = read_config(EXAMPLE, Path("experiment.toml"))
    assert config.controls.keys == {"ArrowLeft": 1, "ArrowRight": 2, "ArrowUp+ArrowLeft": 3, " ": 4}


def test_the_schema_describes_every_section_and_refuses_others() -> None:
    schema = experiment_schema()
    assert list(schema["properties"]) == list(ExperimentConfig.model_fields)
    assert schema["required"] == ["experiment", "environment"]
    assert all(model["additionalProperties"] is False for model in schema["$defs"].values())
    assert json.loads(schema_text()) == schema


def test_the_schema_knows_short_forms_and_no_null() -> None:
    models = experiment_schema()["$defs"]
    globals_ = models["Environment"]["properties"]["globals"]["additionalProperties"]
    assert globals_ == {
        "anyOf": [{"enum": ["int", "float", "str", "bool"], "type": "string"}, {"$ref": "#/$defs/Global"}]
    }
    assert models["Players"]["properties"]["bots"]["additionalProperties"]["anyOf"][0]["type"] == "string"
    assert "null" not in schema_text()
    assert models["Game"]["properties"]["seed"]["maximum"] == 2**32 - 1


def test_a_setting_named_like_a_word_of_json_schema_is_kept() -> None:
    models = experiment_schema()["$defs"]
    assert {"title", "name", "version"} == set(models["ExperimentInfo"]["properties"])
    assert {"type", "default", "choices"} == set(models["Global"]["properties"])


def test_the_templates_fit_the_model() -> None:
    for path in (ROOT / "templates" / "init").glob("*/experiment.toml"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith("#:schema ./experiment.schema.json\n")
        assert read_config(text, path).experiment.name == "my-experiment"
        assert "packages = []" in text
        assert tomli.loads(text)["environment"]["packages"] == []

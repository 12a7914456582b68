"""Rendering templates: what stays, what goes, and where errors point."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from igbuild.site.flags import Flags
from igbuild.site.render import RenderError, render_module, render_page, to_js

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = r"""/** @type {{a: number}} */
class A {#n = 1; get n() { return `${{a: 1}.a}` + `{{ x }} {% if %} {# no #}`; }}
const b = {{}}, c = '{%', d = "{{ y }}", e = `${{"k": {}}}`; // %> <% {#
const f = 4 / 2 //% not at the start of a line
label: {{ { if (1) {{}} } }
"""


@pytest.fixture
def template(tmp_path: Path) -> Any:
    def write(text: str, name: str = "module.js") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_javascript_full_of_jinja_delimiters_is_rendered_unchanged(template: Any) -> None:
    rendered = render_module(template(HOSTILE), Flags())
    assert rendered.text == HOSTILE
    assert rendered.lines == (1, 2, 3, 4, 5, 6)


MODULE = """import "./always.js";
//% if draw
import "./draw.js";
//% endif
//% if rgb
import "./rgb.js";
//% endif

/*% if multiplayer %*/ import "./peers.js"; /*% endif %*/
/*%# never seen #%*/
//% if onnx
import "./policy.js";
//% endif
//% if dev
import "./dev.js";
//% endif
start();
"""


@pytest.mark.parametrize(
    ("flag", "module"),
    [("draw", "draw"), ("rgb", "rgb"), ("multiplayer", "peers"), ("onnx", "policy"), ("dev", "dev")],
)
def test_each_flag_includes_its_import_and_no_other(template: Any, flag: str, module: str) -> None:
    path = template(MODULE)
    without = render_module(path, Flags()).text
    assert [line.strip() for line in without.split("\n") if line.strip()] == [
        'import "./always.js";',
        "start();",
    ]
    assert "never seen" not in without
    chosen = render_module(path, Flags(**{flag: True})).text
    assert [text for text in ("draw", "rgb", "peers", "policy", "dev") if f"./{text}.js" in chosen] == [
        module
    ]


def test_every_rendered_line_maps_back_to_its_template_line(template: Any) -> None:
    rendered = render_module(template(MODULE), Flags(onnx=True))
    source = MODULE.split("\n")
    for number, text in enumerate(rendered.text.split("\n"), 1):
        if text.strip():
            assert source[rendered.line(number) - 1] == text
    assert rendered.line(10_000) == len(source)


@pytest.mark.parametrize(
    "value",
    [
        "</script><!--",
        "quote \" ' ` \\ ${x}",
        "\u2028\u2029 é 雪 🎮 \x00",
        {"__proto__": {"a": 1}, "b": [None, True, 1.5e300]},
        [],
    ],
)
def test_a_value_replaces_its_literal_and_reads_back_the_same(template: Any, value: Any) -> None:
    rendered = render_module(template('export const site = "<%= site %>";\n'), Flags(), {"site": value}).text
    assert rendered.isascii()
    assert "<" not in rendered
    script = rendered.replace("export ", "") + "console.log(JSON.stringify(site))"
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node to read the module with")
    printed = subprocess.run([node, "-e", script], check=True, capture_output=True, encoding="utf-8").stdout
    assert json.loads(printed) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_cannot_say_is_refused(template: Any, value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        to_js(value)
    with pytest.raises(RenderError, match=r"module\.js:2: .*JSON"):
        render_module(template('\nconst a = "<%= a %>";\n'), Flags(), {"a": value})


def test_an_unknown_name_is_an_error_with_file_and_line(template: Any) -> None:
    with pytest.raises(RenderError, match=r"module\.js:3: 'sight' is undefined") as caught:
        render_module(template('//% if draw\n//% endif\nconst a = "<%= sight %>";\n'), Flags())
    assert caught.value.line == 3
    with pytest.raises(RenderError, match=r"module\.js:2: 'drew' is undefined"):
        render_module(template("a();\n//% if drew\n//% endif\n"), Flags())


def test_a_broken_statement_is_an_error_with_file_and_line(template: Any) -> None:
    with pytest.raises(RenderError, match=r"module\.js:2: .*unknown tag 'fi'"):
        render_module(template("a();\n//% fi draw\n"), Flags())
    with pytest.raises(RenderError, match=r"module\.js:\d+: .*endif"):
        render_module(template("//% if draw\na();\n"), Flags())


def test_a_nul_character_is_refused(template: Any) -> None:
    with pytest.raises(RenderError, match=r"module\.js:2: .*NUL"):
        render_module(template("a();\n'\x00'\n"), Flags())


def test_the_page_escapes_every_value(template: Any) -> None:
    path = template("<title>{{ title }}</title>\n{% if dev %}<i>dev</i>{% endif %}", "index.html")
    page = render_page(path, Flags(), {"title": '</title><script>alert("\'&")</script>'})
    assert page == "<title>&lt;/title&gt;&lt;script&gt;alert(&#34;&#39;&amp;&#34;)&lt;/script&gt;</title>\n"
    with pytest.raises(RenderError, match=r"index\.html:1: 'title' is undefined"):
        render_page(path, Flags(), {})

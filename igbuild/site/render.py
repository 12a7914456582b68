"""Templates to text: the one Jinja environment for JavaScript, and the ordinary one for the page.

The JavaScript under `templates/` is valid, lintable JavaScript *before* it is rendered, so Jinja's
own delimiters, which JavaScript contains all the time (`${{a: 1}}`, `class A {#n}`), are replaced by
ones it never contains: statements stand in `//%` lines or in `/*% ... %*/`, comments in
`/*%# ... #%*/`, and a value `"<%= ... %>"` replaces the string literal that it stands in.
"""

from __future__ import annotations

import json
import re
import traceback
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined, TemplateError, TemplateSyntaxError, Undefined
from jinja2.ext import Extension
from jinja2.lexer import Token

from igbuild.errors import IgbuildError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from jinja2.lexer import TokenStream

    from igbuild.site.flags import Flags

MARK = "\x00"
MARKED = re.compile(f"{MARK}[0-9]+{MARK}")
LEADING_MARKS = re.compile(f"(?:{MARK}([0-9]+){MARK})+")  # the last of them is of what follows


class RenderError(IgbuildError):
    """A template that cannot be rendered; the message begins with `file:line`.

    Attributes:
        path: the template.
        line: 1-based line in it.
        column: 1-based column, where known.
    """

    def __init__(self, message: str, path: Path, line: int, column: int | None = None) -> None:
        where = f"{path}:{line}" if column is None else f"{path}:{line}:{column}"
        super().__init__(f"{where}: {message}")
        self.path = path
        self.line = line
        self.column = column


@dataclass(frozen=True)
class Rendered:
    """A rendered module and the way back to its template.

    Attributes:
        source: the template.
        text: what it became.
        lines: the 1-based template line of each rendered line.
    """

    source: Path
    text: str
    lines: tuple[int, ...]

    def line(self, rendered: int) -> int:
        """Return the template line of a 1-based rendered line; past the end, that of the last."""
        return self.lines[min(rendered, len(self.lines)) - 1]


def to_js(value: Any) -> str:
    """Write a JSON value as a JavaScript expression that is safe wherever a module may end up.

    Pure ASCII, without `<` and `>`, so that neither `</script>` nor U+2028 can break out. An object
    with a key `__proto__` goes through `JSON.parse`: in a literal that key would set the prototype.

    Raises:
        TypeError: the value is not JSON.
        ValueError: it holds NaN or an infinity, which JSON does not have.
    """
    if isinstance(value, Undefined):
        str(value)  # StrictUndefined raises here, and names the variable
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    if '"__proto__"' in text:
        text = f"JSON.parse({json.dumps(text)})"
    return text.replace("<", "\\u003c").replace(">", "\\u003e")


class _LineMarks(Extension):
    """Marks every line of plain text with its number, so that rendered lines can be traced back."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            if token.type != "data":
                yield token
                continue
            first, *others = str(token.value).split("\n")
            marked = [f"{MARK}{token.lineno}{MARK}{first}"]
            marked += [f"{MARK}{token.lineno + n}{MARK}{text}" for n, text in enumerate(others, 1)]
            yield Token(token.lineno, "data", "\n".join(marked))


@cache
def javascript_environment() -> Environment:
    """Return the one Jinja environment of `templates/worker` and `templates/game`."""
    return Environment(  # noqa: S701  # JavaScript, not HTML: values are escaped by `to_js`
        block_start_string="/*%",
        block_end_string="%*/",
        comment_start_string="/*%#",
        comment_end_string="#%*/",
        variable_start_string='"<%=',
        variable_end_string='%>"',
        line_statement_prefix="//%",
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        finalize=to_js,
        extensions=[_LineMarks],
    )


@cache
def page_environment() -> Environment:
    """Return the ordinary HTML environment of `index.html`: every value is escaped."""
    return Environment(autoescape=True, keep_trailing_newline=True, undefined=StrictUndefined)


def render_module(source: Path, flags: Flags, values: Mapping[str, Any] | None = None) -> Rendered:
    """Render a JavaScript template.

    Args:
        source: the template file.
        flags: what the site contains.
        values: JSON values by name; only `config.js` uses any (`site`).

    Raises:
        RenderError: the template is broken or names something that does not exist.
    """
    marked = _render(javascript_environment(), source, {**asdict(flags), **(values or {})})
    lines: list[int] = []
    for text in marked.split("\n"):
        found = LEADING_MARKS.match(text)
        lines.append(int(found[1]) if found else (lines[-1] if lines else 1))
    return Rendered(source, MARKED.sub("", marked), tuple(lines))


def render_page(source: Path, flags: Flags, values: Mapping[str, Any]) -> str:
    """Render the HTML page.

    Args:
        source: `index.html` of the templates.
        flags: what the site contains.
        values: `title`, `main` and `style` (URLs relative to the page), and `igbuild` (version).

    Raises:
        RenderError: the template is broken or names something that does not exist.
    """
    return _render(page_environment(), source, {**asdict(flags), **values})


def _render(environment: Environment, source: Path, context: Mapping[str, Any]) -> str:
    text = source.read_text(encoding="utf-8")
    if MARK in text:
        raise RenderError(
            "a template cannot contain a NUL character", source, text[: text.index(MARK)].count("\n") + 1
        )
    try:
        code = environment.compile(text, name=source.name, filename=str(source))
        template = environment.template_class.from_code(environment, code, environment.make_globals(None))
        return template.render(context)
    except TemplateSyntaxError as error:
        raise RenderError(error.message or "broken template", source, error.lineno) from error
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise RenderError(str(error), source, _line_of(error, source)) from error


def _line_of(error: Exception, source: Path) -> int:
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno or 1 for frame in reversed(frames) if frame.filename == str(source)), 1)

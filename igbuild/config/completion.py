"""What participants get at the end, and how it must agree with the rest of the TOML."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from igbuild.config.addresses import places
from igbuild.config.multiplayer import collects
from igbuild.config.problems import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from igbuild.config.model import ExperimentConfig

OWN: Final = ("participant", "code", "reason")
"""Names in a redirect that are no parameters of the page's address."""


def completes(config: ExperimentConfig) -> bool:
    """Tell whether participants get a code or a way on."""
    given = config.completion
    return bool(given.code or given.draw_code or given.redirect)


def check_completion(config: ExperimentConfig) -> Iterator[Finding]:
    """Check `[completion]` against the other sections."""
    completion = config.completion
    yield from _places(config)
    if not completion.draw_code:
        return
    if not collects(config):
        yield Finding(
            ("completion", "draw_code"),
            "completion.draw_code draws a code that nobody records, as steps are not handed in; set"
            " server.collect = true, or give a fixed code",
        )
    elif "nobody_came" in completion.after:
        yield Finding(
            ("completion", "after"),
            'completion.after has "nobody_came", when there is nothing to record a drawn code with; leave it'
            " out, or give a fixed code",
        )


def _places(config: ExperimentConfig) -> Iterator[Finding]:
    completion, server = config.completion, config.server
    parameters = [
        server.participant,
        *server.parameters,
        *config.environment.globals,
        *config.multiplayer.match_attributes,
    ]
    known = list(dict.fromkeys((*OWN, *parameters)))
    for name in dict.fromkeys(places(completion.redirect or "")):
        problem = None
        if name not in known:
            near = get_close_matches(name, known, 1)
            listed = " ".join(f"{{{other}}}" for other in known)
            hint = f"did you mean {{{near[0]}}}?" if near else f"there are: {listed}"
            problem = f"has {{{name}}}, which is no parameter of the page's address; {hint}"
        elif name == "code" and completion.code is None and not completion.draw_code:
            problem = "has {code}, but there is none; set completion.code or draw_code"
        elif name in OWN and name in parameters[1:]:
            problem = f"has {{{name}}}, which is a parameter of the page's address too; rename that"
        if problem:
            yield Finding(("completion", "redirect"), f"completion.redirect {problem}")

"""`docs/commands.md` out of the command line's own help: `python -m tests.commands_doc` writes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from igbuild.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parent.parent / "docs" / "commands.md"
HEAD = """\
# Commands

What `igbuild --help` says, on one page. Written by `python -m tests.commands_doc`; a test holds it equal.

Colours follow `NO_COLOR` and `FORCE_COLOR`. Steps go to standard error, results to standard output.

Completion of commands and options, for the shell you use:

```
eval "$(_IGBUILD_COMPLETE=bash_source igbuild)"     # bash, in ~/.bashrc
eval "$(_IGBUILD_COMPLETE=zsh_source igbuild)"      # zsh, in ~/.zshrc
_IGBUILD_COMPLETE=fish_source igbuild | source      # fish, in ~/.config/fish/config.fish
```
"""


def commands(
    group: click.Group = main, path: tuple[str, ...] = ("igbuild",)
) -> Iterator[tuple[str, click.Command]]:
    """List every command by what one types, groups before their members."""
    yield " ".join(path), group
    for name in group.list_commands(click.Context(group)):
        command = group.commands[name]
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def help_of(name: str, command: click.Command) -> str:
    """Return a command's help, as wide on every machine."""
    context = click.Context(
        command, info_name=name, terminal_width=100, max_content_width=100, help_option_names=["-h", "--help"]
    )
    return command.get_help(context)


def render() -> str:
    """Return the page."""
    parts = [f"\n## {name}\n\n```\n{help_of(name, command)}\n```\n" for name, command in commands()]
    return HEAD + "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8", newline="\n")

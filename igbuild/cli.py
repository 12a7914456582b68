"""The command line: options, help, and bodies that call one function. Imports stand inside the bodies."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from igbuild import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from igbuild.console import Console


CONFIG = click.option(
    "-c",
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("experiment.toml"),
    show_default=True,
    help="The experiment.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, for programs.")
OFFLINE = click.option("--offline", is_flag=True, help="Fetch nothing; use what the cache holds.")


def _in_ci() -> bool:
    from igbuild.process import in_ci

    return in_ci()


class PlayerCount(click.IntRange):
    """A number of players; none given means as many as the game has."""

    AS_MANY = 0

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Let the missing number through."""
        return value if value == self.AS_MANY else super().convert(value, param, ctx)


def checked_hosts(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names by which a server is reached, as browsers send them."""
    from igbuild.config.addresses import check_host

    try:
        return tuple(map(check_host, names))
    except ValueError as error:
        raise click.BadParameter(f"it {error}") from None


class Commands(click.Group):
    """Commands in the order in which one needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Keep the order of definition."""
        return list(self.commands)


def says(body: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `-q` and `-v`, hand it a console, and explain what nobody foresaw."""

    @click.option("-q", "--quiet", is_flag=True, help="Say only results and errors.")
    @click.option(
        "-v", "--verbose", is_flag=True, help="Say more; show the traceback of an unexpected error."
    )
    @functools.wraps(body)
    def command(*, quiet: bool, verbose: bool, **options: Any) -> Any:
        from igbuild.console import Console

        try:
            return body(console=Console(verbosity=1 if verbose else -1 if quiet else 0), **options)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if verbose:
                raise
            raise click.ClickException(
                f"igbuild failed unexpectedly: {type(error).__name__}: {error}\n"
                "Run it again with -v and report what it prints, together with what you did."
            ) from error

    return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="igbuild")
def main() -> None:
    """Build a Gymnasium or PettingZoo environment into a browser game.

    \b
    A first game, from nothing:
      igbuild init my-experiment     write a small game and its experiment.toml
      cd my-experiment
      igbuild serve --dev            play it; every change shows at once
      igbuild bundle                 build the finished site into dist/

    Every command explains itself with examples: igbuild COMMAND --help.

    Exit codes: 0 done, 1 failed, 2 a mistake in the command or in experiment.toml, 3 the lock is out of
    date, 4 a program is missing, 5 a file does not have its pinned hash.
    """


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--template",
    type=click.Choice(["solo", "duo"]),
    default="solo",
    show_default=True,
    help="Which game to start from: one for a single player, or one for two.",
)
@click.option(
    "--force", is_flag=True, help="Write into a folder that is not empty; old files are kept as .bak."
)
@says
def init(folder: Path, template: str, force: bool, console: Console) -> None:
    """Write a runnable experiment into FOLDER.

    \b
    Examples:
      igbuild init my-experiment
      igbuild init my-duel --template duo
      igbuild init . --force         into this folder, whatever is in it
    """
    from igbuild.scaffold import init_experiment, next_steps

    for path in init_experiment(folder, template, force=force):
        console.step(f"+ {path}")
    console.step(next_steps(folder))


@main.command(short_help="Pin Pyodide, Python packages and JavaScript parts.")
@CONFIG
@click.option("--check", is_flag=True, help="Only say whether the lock is current; exit 3 if it is not.")
@click.option("-U", "--upgrade", is_flag=True, help="Take the newest version of everything.")
@click.option(
    "-P", "--upgrade-package", "packages", metavar="NAME", multiple=True, help="Take the newest of NAME."
)
@click.option("--exclude-newer", metavar="DATE", help="Ignore what was published after DATE.")
@OFFLINE
@JSON
@says
def lock(config: Path, **options: Any) -> None:
    """Pin Pyodide, Python packages and JavaScript parts in pyodide-lock.json.

    Commit the file: whoever builds the experiment later gets the same bytes, or an error.

    \b
    Examples:
      igbuild lock                   pin what is new, keep what is pinned
      igbuild lock -P numpy          take the newest numpy, keep the rest
      igbuild lock --check           in continuous integration
    """
    from igbuild.packages.command import lock_command

    lock_command(config, **options)


@main.command(short_help="Check that the environment loads and repeats itself.")
@CONFIG
@click.option(
    "--in",
    "where",
    type=click.Choice(["native", "pyodide"]),
    default="native",
    show_default=True,
    help="In a Python of this machine, or in the browser's.",
)
@click.option(
    "--python",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The Python that has the packages of the study, instead of igbuild's own.",
)
@click.option(
    "--frames", type=click.IntRange(1, 100_000), default=300, show_default=True, help="Frames of each run."
)
@click.option(
    "--seed",
    "seeds",
    type=click.IntRange(0, 2**32 - 1),
    multiple=True,
    default=(1, 2),
    show_default=True,
    help="Seed of a run; give several for several runs.",
)
@OFFLINE
@JSON
@says
def check(config: Path, **options: Any) -> None:
    """Check that the environment loads, repeats itself, and can go back and forth in time.

    It is played with random actions from fixed seeds: twice in one process, in two processes, from states
    saved and loaded, and with up to 12 frames taken back at every frame (SyncTest). Exits with 1 if anything
    fails.

    \b
    Examples:
      igbuild check
      igbuild check --python ../venv/bin/python     where numpy and the like are installed
      igbuild check --in pyodide                    in the Python that participants have
    """
    from igbuild.check.command import check_command

    check_command(config, **options)


@main.command(short_help="Build the finished site in one folder.")
@CONFIG
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder of the site.  [default: dist]"
)
@click.option(
    "--frozen/--no-frozen",
    default=_in_ci,
    show_default="on where CI is set",
    help="Refuse to change the lock.",
)
@click.option("--force", is_flag=True, help="Build even when nothing has changed.")
@click.option(
    "--esbuild",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="IGBUILD_ESBUILD",
    show_envvar=True,
    help="The esbuild to run, instead of the one igbuild fetches.",
)
@OFFLINE
@JSON
@says
def bundle(as_json: bool, **options: Any) -> None:
    """Build the finished site: everything a participant's browser needs, in one folder.

    The site can be put on any static host, in any sub-folder, and needs no other host. If the lock is
    missing or out of date it is made or renewed first. A build that fails leaves the last site as it was.

    \b
    Examples:
      igbuild bundle
      igbuild bundle --out build/site --frozen
      igbuild bundle --json | jq .total
    """
    from igbuild.site.command import bundle_command

    bundle_command(as_json=as_json, **options)


@main.command(short_help="Serve the site, or an experiment that you are working on.")
@CONFIG
@click.option("--dev", is_flag=True, help="Build, watch, build again on every change, and reload the page.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Port to listen on; 0 takes any free one.",
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder of the site.  [default: dist]"
)
@click.option(
    "--allow-host",
    "hosts",
    callback=checked_hosts,
    metavar="NAME",
    multiple=True,
    help="Another name the server is reached by; *.NAME: every name below.",
)
@click.option(
    "--frame-ancestors",
    metavar="SOURCES",
    default="'none'",
    show_default=True,
    help="Pages that may show the site in a frame, for example https://*.qualtrics.com.",
)
@click.option(
    "--players",
    type=PlayerCount(2, 8),
    is_flag=False,
    flag_value=PlayerCount.AS_MANY,
    metavar="[N]",
    help="With --dev: all players side by side on one page, with bad links between them at will.",
)
@says
def serve(dev: bool, players: int | None, **options: Any) -> None:
    """Serve the site, or with --dev an experiment that you are working on.

    \b
    Examples:
      igbuild serve                  the site that igbuild bundle built
      igbuild serve --dev            rebuild and reload on every change
      igbuild serve --dev --players  a game for several, all of them in one window
      igbuild serve --port 0         on any free port, which is printed
    """
    from igbuild.serve.command import dev_command, serve_command

    if dev:
        dev_command(players=players, **options)
    elif players is None:
        serve_command(**options)
    else:
        raise click.UsageError(
            "--players shows the players of a game that one works on; give --dev too, "
            "or open the site in a window for each player"
        )


DATA = click.option(
    "--data",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="The data folder, instead of the one that the experiment names.",
)
SESSION = click.option("--session", metavar="ID", help="Only this session.")


@main.group(cls=Commands, short_help="List, import, export and verify what participants handed in.")
def data() -> None:
    """List, import, export and verify what participants' browsers handed in.

    The data lies in the folder that `[server] data` names; a running server is not disturbed.
    """


@data.command("list")
@CONFIG
@DATA
@JSON
@says
def data_list(config: Path, **options: Any) -> None:
    """List the sessions, and what each player handed in.

    \b
    Example:
      igbuild data list --json
    """
    from igbuild.data.command import list_command

    list_command(config, **options)


@data.command("import", short_help="Take in files that pages posted elsewhere or saved.")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILES...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@CONFIG
@DATA
@JSON
@says
def data_import(config: Path, **options: Any) -> None:
    """Take in FILES that pages posted to an endpoint, or that participants saved.

    What is there already is not stored twice, so the same files may be imported again. Where a line is no
    line of such a file, nothing is imported.

    \b
    Examples:
      igbuild data import received.jsonl
      igbuild data import saved/*.jsonl
    """
    from igbuild.data.command import import_command

    import_command(config, **options)


@data.command("export", short_help="Write the data as tables.")
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@CONFIG
@DATA
@click.option("--csv", "form", flag_value="csv", type=str, help="As CSV files.")
@click.option("--jsonl", "form", flag_value="jsonl", type=str, help="As JSON Lines.")
@click.option("--parquet", "form", flag_value="parquet", type=str, help="As Parquet; needs igbuild[parquet].")
@SESSION
@click.option("--per-player", is_flag=True, help="Each player's own rows, not those agreed on once.")
@says
def data_export(config: Path, **options: Any) -> None:
    """Write the tables of the data into the folder OUT.

    Where players differ, the rows before the difference are written, and a warning says so. Tables of an
    earlier export into OUT in the same format are replaced, and removed where there is none now; no other
    file is touched.

    \b
    Examples:
      igbuild data export --csv tables
      igbuild data export --parquet tables --per-player
    """
    from igbuild.data.command import export_command

    export_command(config, **options)


@data.command("verify", short_help="Compare the players' data, and replay every episode.")
@CONFIG
@DATA
@click.option(
    "--in",
    "where",
    type=click.Choice(["pyodide", "native", "none"]),
    default="pyodide",
    show_default=True,
    help="Replay in the browser's Python, in one of this machine, or do not replay.",
)
@click.option(
    "--python",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --in native: the Python that has the packages of the study.",
)
@SESSION
@OFFLINE
@JSON
@says
def data_verify(config: Path, **options: Any) -> None:
    """Compare the players' data, and replay every episode.

    Each episode is verified, partial (something is missing, or was played on another build) or desynced,
    with the first frame and key that differ, where both sides are there. Exits with 1 if one is desynced.

    \b
    Examples:
      igbuild data verify
      igbuild data verify --session 3f9c --json
      igbuild data verify --in none      only compare, which takes no time
    """
    from igbuild.data.command import verify_command

    verify_command(config, **options)


@main.command(short_help="Say what is installed, cached and reachable.")
@CONFIG
@OFFLINE
@JSON
@says
def doctor(config: Path, **options: Any) -> None:
    """Say what is installed, cached and reachable, and what to do about what is not.

    Nothing is installed or changed. Exits with 1 where nothing can be built as things are.

    \b
    Examples:
      igbuild doctor
      igbuild doctor --offline       ask no server
      igbuild doctor --json          to attach to a report
    """
    from igbuild.doctor import doctor_command

    doctor_command(config, **options)


@main.command(short_help="Print every key of experiment.toml, for editors or people.")
@click.option("--markdown", is_flag=True, help="Print the reference that people read, every key explained.")
@says
def schema(markdown: bool, console: Console) -> None:
    """Print the JSON Schema of experiment.toml, for editors; or every key, for people.

    \b
    Examples:
      igbuild schema > experiment.schema.json
      igbuild schema --markdown | less
    """
    from igbuild.config.reference import reference
    from igbuild.config.schema import schema_text

    console.out.file.write(reference() if markdown else schema_text())


@main.group(cls=Commands, short_help="Show or empty the cache of downloads.")
def cache() -> None:
    """Show or empty the cache of downloads, which all experiments share.

    It lies where the system keeps caches, or in the folder that IGBUILD_CACHE names.
    """


@cache.command("info")
@JSON
@says
def cache_info(as_json: bool, console: Console) -> None:
    """Say where the cache lies and what it holds.

    \b
    Example:
      igbuild cache info --json
    """
    from igbuild.packages.command import cache_info_command

    cache_info_command(as_json=as_json, console=console)


@cache.command("clear")
@says
def cache_clear(console: Console) -> None:
    """Delete what igbuild has downloaded; it is fetched again when it is needed.

    \b
    Example:
      igbuild cache clear
    """
    from igbuild.packages.command import cache_clear_command

    cache_clear_command(console=console)

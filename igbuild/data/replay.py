"""Replaying episodes: what of the exports is played again, and what that says of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from igbuild.check.plan import Job
from igbuild.config.multiplayer import is_multiplayer
from igbuild.data.compare import ABSENT, Difference
from igbuild.data.episodes import parse_line
from igbuild.data.verdict import REPLAYED, Agreement, Replay
from igbuild.data.verify import judge
from igbuild.site.describe import describe_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from igbuild.check.runner import Runner
    from igbuild.config import ExperimentConfig
    from igbuild.data.episodes import Episode
    from igbuild.data.origin import Origin
    from igbuild.data.verdict import EpisodeVerdict

BATCH_ROWS: Final = 10_000
"""Rows that one Python is asked to replay: bounds its memory and its time."""

OVER: Final = ("terminated", "truncated")
"""Reasons for an episode's end that the environment itself has."""


@dataclass(frozen=True)
class Export:
    """One of the different exports of an episode.

    Attributes:
        participants: who handed it in, whole or the beginning of it.
        seed: of the episode's reset; None where the metadata do not say.
        globals: the participants' parameters.
        lines: its rows.
        over: whether the environment ended the episode with the last row, as the metadata say.
    """

    participants: tuple[str, ...]
    seed: int | None
    globals: Mapping[str, Any]
    lines: Sequence[str]
    over: bool


def exports_of(episodes: list[Episode]) -> list[Export]:
    """Return the exports of an episode that differ; one that is the beginning of another is part of it."""
    found: list[Export] = []
    exports = sorted(map(_export, episodes), key=lambda export: -len(export.lines))
    known = next((export for export in exports if export.seed is not None), None)
    for given in exports:
        export = given
        if known and export.seed is None:
            # Who left before the end has no metadata; the others' say what was played.
            export = replace(export, seed=known.seed, globals=known.globals)
        for index, other in enumerate(found):
            if _is_beginning(export, other):
                found[index] = replace(other, participants=other.participants + export.participants)
                break
        else:
            found.append(export)
    return found


def _export(episode: Episode) -> Export:
    meta, lines = episode.meta, episode.rows.lines
    seed, given, end = meta.get("seed"), meta.get("globals"), meta.get("termination")
    return Export(
        (episode.player.participant,),
        seed if type(seed) is int and 0 <= seed < 2**32 else None,
        given if isinstance(given, dict) else {},
        lines,
        isinstance(end, dict) and end.get("reason") in OVER and meta.get("rows") == len(lines),
    )


def _is_beginning(export: Export, other: Export) -> bool:
    about, others = ([one.seed, json.dumps(one.globals, sort_keys=True)] for one in (export, other))
    return about == others and list(other.lines[: len(export.lines)]) == list(export.lines)


class Replayer:
    """Judges episodes by comparing their exports and replaying them.

    Args:
        runner: the Python to replay them in.
        config: of the experiment that was played.
        origin: what the experiment gives now.
    """

    def __init__(self, runner: Runner, config: ExperimentConfig, origin: Origin) -> None:
        self._runner = runner
        # On several pages, one of them says what a bot with a model does, and the bot itself draws nothing.
        about = {"environment": describe_environment(config), "drawn": not is_multiplayer(config)}
        self._request = {"kind": "replay", **about}
        self._origin = origin

    def judge(self, episodes: Iterable[list[Episode]]) -> Iterator[EpisodeVerdict]:
        """Judge episodes, each as all its players handed it in.

        Raises:
            IgbuildError: Python ended without an answer.
        """
        waiting: list[tuple[EpisodeVerdict, list[Export]]] = []
        rows = 0
        for episode in episodes:
            verdict, exports = judge(episode), exports_of(episode)
            doubts = tuple(self._origin.doubts(episode))
            waiting.append((replace(verdict, reasons=verdict.reasons + doubts), exports))
            rows += sum(len(export.lines) for export in exports)
            if rows >= BATCH_ROWS:
                yield from self._conclude(waiting)
                waiting, rows = [], 0
        yield from self._conclude(waiting)

    def _conclude(self, waiting: list[tuple[EpisodeVerdict, list[Export]]]) -> Iterator[EpisodeVerdict]:
        playable = [export for _, exports in waiting for export in exports if export.seed is not None]
        answers = iter(self._ask(playable))
        for verdict, exports in waiting:
            told = [(one, None if one.seed is None else next(answers)) for one in exports]
            yield conclude(verdict, [replay_of(*pair) for pair in told])

    def _ask(self, exports: Sequence[Export]) -> list[dict[str, Any]]:
        if not exports:
            return []
        asked = [
            {"seed": export.seed, "globals": export.globals, "rows": list(map(_sent, export.lines))}
            for export in exports
        ]
        # The page's worker has this hash seed too: the order of sets is part of what is replayed.
        [answer] = self._runner.run([Job(0, {**self._request, "episodes": asked})])
        replays: list[dict[str, Any]] = answer["replays"]
        return replays


def _sent(line: str) -> str:
    """Return a row as the probe gets it: one that cannot be read, as a text that says so by being no row."""
    return line if parse_line(line) is not None else json.dumps(line)


def replay_of(export: Export, answer: Mapping[str, Any] | None) -> Replay:
    """Return what the probe's answer says of an export; None stands for one that was not asked for."""
    who = export.participants
    if answer is None:
        return Replay(who, problem="the metadata do not say the seed")
    if answer["problem"]:
        return Replay(who, problem=answer["problem"])
    rows, hashes, found = answer["rows"], answer["hashes"], answer["difference"]
    if found is None:
        goes_on = export.over and not answer["done"]
        problem = "the metadata say that the episode was over, but its replay goes on" if goes_on else None
        return Replay(who, rows, hashes, problem=problem)
    sides = {", ".join(who): found["recorded"], REPLAYED: found["replayed"]}
    values = {name: ABSENT if value is None else value for name, value in sides.items()}
    return Replay(who, rows, hashes, Difference(found["frame"], found["key"], values))


def conclude(verdict: EpisodeVerdict, replays: Sequence[Replay]) -> EpisodeVerdict:
    """Return the verdict on exports together with what replaying them gave."""
    reasons = list(verdict.reasons)
    reasons += [f"{', '.join(one.participants)}: {one.problem}" for one in replays if one.problem]
    differences = [one.difference for one in replays if one.difference]
    difference = verdict.difference or min(differences, key=lambda one: one.frame, default=None)
    desynced = verdict.agreement is Agreement.DESYNCED or difference is not None
    return replace(
        verdict,
        agreement=Agreement.of(desynced=desynced, reasons=reasons),
        difference=difference,
        reasons=tuple(reasons),
        replays=tuple(replays),
    )

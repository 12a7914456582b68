"""What every environment has to do: load, reset, step, take its actions, pay and inform plainly, draw."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from igbuild.check.probe.findings import PASS, WARN, Failed, finding, raised
from igbuild.check.probe.game import Run
from igbuild.check.probe.script import controls_of
from igbuild.runtime.errors import EntryPointError, EnvironmentContractError, StateError
from igbuild.runtime.pictures import render_state
from igbuild.runtime.serialise import Buffers, safe_serialize
from igbuild.runtime.spaces import holds, to_action
from igbuild.runtime.state import State

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from igbuild.check.probe.game import Frame
    from igbuild.check.probe.script import Actions
    from igbuild.runtime.adapter import Step


def load(environment: Mapping[str, Any], pip: str) -> Run:
    """Make the environment.

    Args:
        environment: as `igbuild.runtime.bridge.boot` takes it.
        pip: command line that installs the study's packages here; empty in the browser's Python.

    Raises:
        Failed: it cannot be made.
    """
    try:
        return Run(environment)
    except Exception as error:
        missing = error.__cause__ if isinstance(error, EntryPointError) else error
        own = environment["entryPoint"].partition(":")[0]
        if isinstance(missing, ModuleNotFoundError) and missing.name and missing.name != own:
            name = missing.name.partition(".")[0]
            way = (
                "Add the package that holds it to environment.packages, and lock again. To check natively,"
                " install it here too, or name a Python that has it with --python."
            )
            if pip:
                way = f"Install what the study needs: {pip}"
            raise Failed(
                f"it needs the module {name!r}, which is not there", way, data={"missing": name}
            ) from error
        advice = "Let the entry point return the environment without asking for anything else."
        raise Failed(raised(error), "" if isinstance(error, EntryPointError) else advice) from error


def players(run: Run, humans: Sequence[Any] | None, named: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """Compare the agents with those that experiment.toml names.

    Args:
        run: of the environment.
        humans: `[players] humans`.
        named: ids as text by the section that names them.

    Raises:
        Failed: an agent that does not exist, or that nobody plays.
    """
    agents = run.adapter.agents
    known = ", ".join(map(repr, agents))
    for agent in humans or ():
        if agent not in agents:
            raise Failed(f"players.humans names the agent {agent!r}; there are: {known}", "Correct the id.")
    for section, names in named.items():
        for name in names:
            if name not in map(str, agents):
                raise Failed(f"{section} names the agent {name!r}; there are: {known}", "Correct the id.")
    played = [*run.game.bots, *(agents if humans is None else humans)]
    idle = [
        agent for agent in agents if agent not in played and str(agent) not in named.get("players.bots", ())
    ]
    if idle:
        raise Failed(
            f"nobody plays the agent {idle[0]!r}",
            "Add it to players.humans, or give it a bot in players.bots.",
        )
    return finding(PASS, f"{len(agents)}: {known}", data={"agents": [str(agent) for agent in agents]})


def actions(
    environment: Mapping[str, Any],
    run: Run,
    seed: int,
    controls: Mapping[str, Any],
    script: Sequence[Actions],
) -> dict[str, Any]:
    """Try the default action and the action of every key, for every agent that people play.

    Raises:
        Failed: an action that the agent's space does not hold, or that the environment does not take.
    """
    wrong, tried = [], 0
    for agent in run.adapter.agents:
        if agent in run.game.bots:
            continue
        own = controls_of(controls, agent)
        for name, action in {"default_action": own["defaultAction"], **own["keys"]}.items():
            tried += 1
            problem = _refusal(run, agent, action) or _fall(environment, seed, agent, action, script[:1])
            if problem:
                wrong.append(f"{_setting(controls, agent, name)} = {action!r}: {problem}")
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise Failed(wrong[0] + more, "Correct [controls], or the action space.", data={"wrong": wrong})
    return finding(PASS, f"the default and every key, {tried} in all, are in range")


def _refusal(run: Run, agent: Hashable, action: Any) -> str:
    space = run.adapter.action_space(agent)
    if space is None or holds(space, to_action(space, action)):
        return ""
    return f"the action space of agent {agent!r} is {_name(space)}, which does not hold it"


def _fall(
    environment: Mapping[str, Any], seed: int, agent: Hashable, action: Any, first: Sequence[Actions]
) -> str:
    """Take one step with the action; tell what went wrong."""
    run = Run(environment)
    try:
        run.begin(seed)
        run.step({**first[0], agent: action})
    except Exception as error:
        return raised(error)
    return ""


def _name(space: Any) -> str:
    text = str(space)
    return f"a {type(space).__name__} of {space.n}" if text.startswith("<") and hasattr(space, "n") else text


def _setting(controls: Mapping[str, Any], agent: Hashable, name: str) -> str:
    section = f"controls.agents.{agent}" if str(agent) in controls.get("agents", {}) else "controls"
    return f"{section}.default_action" if name == "default_action" else f'{section}.keys."{name}"'


class Watch:
    """Plays runs for the first time, and notes what rewards, infos and observations are like.

    Args:
        environment: as `igbuild.runtime.bridge.boot` takes it.
        observations: whether they are recorded.

    Attributes:
        frames: of each run, by seed.
        episodes: that were over.
    """

    def __init__(self, environment: Mapping[str, Any], *, observations: bool = False) -> None:
        self._environment = environment
        self._observations = observations
        self.frames: dict[int, list[Frame]] = {}
        self.episodes = 0
        self._rewards: list[str] = []
        self._unplain: list[str] = []
        self._totals: dict[str, float] = defaultdict(float)

    def play(self, seed: int, script: Sequence[Actions]) -> None:
        """Play a run.

        Raises:
            Failed: the environment raised.
        """
        run = Run(self._environment)
        try:
            frames = [run.begin(seed)]
        except Exception as error:
            raise Failed(
                f"reset(seed={seed}): {raised(error)}", "Let reset() take a seed and return two values."
            ) from error
        for number, chosen in enumerate(script, 1):
            try:
                if run.adapter.done:
                    self.episodes += 1
                    run.go_on()
                step = run.step(chosen)
            except Exception as error:
                advice = "Let step() take every action of its space at any time, until the episode is over."
                raise Failed(
                    f"seed {seed}, frame {number}, actions {_readable(chosen)}: {raised(error)}",
                    "" if isinstance(error, EnvironmentContractError) else advice,
                ) from error
            self._note(f"seed {seed}, frame {number}", step)
            frames.append(run.hashes(step))
        self.frames[seed] = frames

    def _note(self, place: str, step: Step) -> None:
        for agent, reward in step.rewards.items():
            self._totals[str(agent)] += reward if math.isfinite(reward) else 0
            if not math.isfinite(reward):
                self._rewards.append(f"{place}: agent {agent!r} gets the reward {reward}")
        self._note_plain(place, "info", step.infos)
        if self._observations:
            self._note_plain(place, "observation", step.obs)

    def _note_plain(self, place: str, what: str, values: Mapping[Hashable, Any]) -> None:
        for agent, value in values.items():
            try:
                safe_serialize(value)
            except (TypeError, ValueError, RecursionError) as error:
                self._unplain.append(f"{place}: the {what} of agent {agent!r} is no plain data: {error}")

    def stepped(self) -> dict[str, Any]:
        """Return the finding on the runs as such."""
        count = sum(len(frames) - 1 for frames in self.frames.values())
        ends = f"{self.episodes} episodes ended" if self.episodes else "no episode ended"
        return finding(PASS, f"{count} frames with random actions; {ends}")

    def rewards(self) -> dict[str, Any]:
        """Return the finding on rewards.

        Raises:
            Failed: one was no finite number.
        """
        if self._rewards:
            raise Failed(
                self._rewards[0], "Let every reward be a finite number.", data={"count": len(self._rewards)}
            )
        if not any(self._totals.values()):
            return finding(PASS, "finite (random actions earned none)")
        total = ", ".join(f"{agent} {amount:g}" for agent, amount in self._totals.items())
        return finding(PASS, f"finite; in all {total}")

    def infos(self) -> dict[str, Any]:
        """Return the finding on infos, and on observations where they are recorded.

        Raises:
            Failed: one holds what cannot be recorded.
        """
        if self._unplain:
            way = "Let it hold numbers, strings, lists, dicts and arrays only: it is recorded."
            raise Failed(self._unplain[0], way, data={"count": len(self._unplain)})
        return finding(PASS, "plain data")


def picture(
    environment: Mapping[str, Any], seed: int, script: Sequence[Actions], game: Mapping[str, Any]
) -> dict[str, Any]:
    """Draw at the start and after some frames, and compare with `[game] render`.

    Raises:
        Failed: no picture, one of the other kind, or drawing that changes the game.
    """
    run = Run(environment)
    run.begin(seed)
    state = State(run.adapter, run.game.bots)
    state.begin()
    size = (game["width"], game["height"])
    shapes = 0
    for number, chosen in enumerate(script[:30]):
        before = _digest(state)
        try:
            drawn = render_state(run.adapter.render(), Buffers())
        except Exception as error:
            raise Failed(
                f"frame {number}: {raised(error)}", "Draw on an igbuild.runtime.Surface and return it."
            ) from error
        kind = {"draw": "draw", "rgb": "rgb_array"}[drawn["kind"]]
        if kind != game["render"]:
            what = "shapes" if kind == "draw" else "pixels"
            raise Failed(
                f'render() returns {what}, and [game] render is "{game["render"]}"',
                f'Write render = "{kind}" in [game], or let render() return the other.',
            )
        if _digest(state) != before:
            raise Failed(f"frame {number}: drawing changes the state", "Let render() only read the state.")
        shapes = max(shapes, len(drawn.get("shapes", ())))
        if run.adapter.done:
            run.go_on()
            state.begin()
        run.step(chosen)
    made = (drawn["width"] or size[0], drawn["height"] or size[1])
    what = f"up to {shapes} shapes" if kind == "draw" else "pixels"
    if kind == "draw" and tuple(made) != size:
        raise Failed(
            f"the Surface is {made[0]:g} x {made[1]:g}, and [game] says {size[0]} x {size[1]}",
            "Make them equal, or the picture does not fill its place.",
            verdict=WARN,
        )
    return finding(PASS, f"{what}, {made[0]:g} x {made[1]:g}, as [game] render says", data={"shapes": shapes})


def _digest(state: State) -> bytes:
    """Return the hash of the state as it is now; the game's own is not computed anew between two steps."""
    try:
        return state.digest()
    except StateError:
        return b""


def _readable(chosen: Actions) -> str:
    return ", ".join(f"{agent}: {action}" for agent, action in chosen.items())

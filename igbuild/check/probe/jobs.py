"""The requests that a probe answers: check everything, play runs, show a state, replay what was recorded."""

from __future__ import annotations

import json
import platform
import sys
from typing import TYPE_CHECKING, Any

from igbuild.check.probe import contract, states
from igbuild.check.probe.cost import cost
from igbuild.check.probe.findings import FAIL, SKIP, Failed, finding, raised
from igbuild.check.probe.game import Run
from igbuild.check.probe.line import play, reach
from igbuild.check.probe.repeat import same_seed
from igbuild.check.probe.replay import replay_all
from igbuild.check.probe.script import make_script
from igbuild.check.probe.synctest import SyncTest, report
from igbuild.runtime import compat

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from igbuild.check.probe.script import Actions

CHECKS = (
    "loads",
    "players",
    "steps",
    "actions",
    "rewards",
    "infos",
    "render",
    "same seed",
    "state",
    "going back",
    "state as JSON",
    "SyncTest",
    "cost",
)
"""In the order in which they are made. What comes after one that everything needs is then skipped."""

NEEDED = ("loads", "players", "steps")


def answer(request_json: str) -> str:
    """Answer a request, as JSON text.

    Args:
        request_json: `{kind: "check" | "frames" | "state", environment, controls, players, game, seeds,
            frames, window, seconds, observations, pip}`, for `state` with `seed` and `frame`; or
            `{kind: "replay", environment, episodes, drawn}` (`igbuild.check.probe.replay`).

    Returns:
        For `check` `{findings, frames?, python, platform}`; for `frames` `{frames}`, hashes by seed; for
        `state` `{document}`; for `replay` `{replays}`. Never raises what the study raises.
    """
    compat.install()
    request = json.loads(request_json)
    kinds = {"check": _check, "frames": _frames, "state": _state, "replay": _replay}
    made = kinds[request["kind"]](request)
    return json.dumps({**made, "python": platform.python_version(), "platform": sys.platform})


def _frames(request: Mapping[str, Any]) -> dict[str, Any]:
    try:
        run = Run(request["environment"])
        scripts = _scripts(run, request)
        lines = {
            str(seed): play(Run(request["environment"]), seed, script) for seed, script in scripts.items()
        }
    except Exception as error:
        return {"error": raised(error)}
    return {"frames": lines}


def _state(request: Mapping[str, Any]) -> dict[str, Any]:
    run = Run(request["environment"])
    script = _scripts(run, request)[request["seed"]]
    return {"document": reach(request["environment"], request["seed"], script, request["frame"]).document()}


def _replay(request: Mapping[str, Any]) -> dict[str, Any]:
    return {"replays": replay_all(request["environment"], request["episodes"], drawn=request["drawn"])}


def _scripts(run: Run, request: Mapping[str, Any]) -> dict[int, list[Actions]]:
    return {
        seed: make_script(run.adapter, request["controls"], seed, request["frames"])
        for seed in request["seeds"]
    }


def _check(request: Mapping[str, Any]) -> dict[str, Any]:
    checks = Checks(request)
    checks.make()
    lines = {str(seed): frames for seed, frames in checks.watch.frames.items()}
    return {"findings": checks.findings, "frames": lines}


class Checks:
    """All checks of one request, in order.

    Attributes:
        findings: of those made so far.
        watch: what the first runs showed.
    """

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._request = request
        self._environment = request["environment"]
        self.watch = contract.Watch(self._environment, observations=request["observations"])
        self.findings: list[dict[str, Any]] = []
        self._run: Run | None = None
        self._runs: dict[int, list[Actions]] = {}

    def make(self) -> None:
        """Make every check; one that cannot be made is skipped."""
        doing: dict[str, Callable[[], dict[str, Any]]] = {
            "loads": self._loads,
            "players": self._players,
            "steps": self._steps,
            "actions": self._actions,
            "rewards": self.watch.rewards,
            "infos": self.watch.infos,
            "render": self._render,
            "same seed": lambda: same_seed(self._environment, self._runs, self.watch.frames),
            "state": self._held,
            "going back": lambda: states.kept(self._environment, self._runs),
            "state as JSON": lambda: states.sent(self._environment, self._runs),
            "SyncTest": self._sync_test,
            "cost": self._cost,
        }
        for name in CHECKS:
            self.findings.append({"name": name, **self._one(doing[name])})

    def _one(self, do: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        if any(found["verdict"] == FAIL for found in self.findings if found["name"] in NEEDED):
            return finding(SKIP, "needs what failed above")
        try:
            return do()
        except Failed as end:
            return end.finding
        except Exception as error:
            return finding(FAIL, raised(error), "The environment raised this while it was checked.")

    def _loads(self) -> dict[str, Any]:
        self._run = contract.load(self._environment, self._request.get("pip", ""))
        return finding("pass", self._environment["entryPoint"])

    @property
    def _loaded(self) -> Run:
        assert self._run is not None  # noqa: S101 - checks come after `loads`
        return self._run

    def _players(self) -> dict[str, Any]:
        about = self._request["players"]
        return contract.players(self._loaded, about["humans"], about["named"])

    def _steps(self) -> dict[str, Any]:
        self._runs = _scripts(self._loaded, self._request)
        for seed, script in self._runs.items():
            self.watch.play(seed, script)
        return self.watch.stepped()

    @property
    def _first(self) -> tuple[int, list[Actions]]:
        return next(iter(self._runs.items()))

    def _actions(self) -> dict[str, Any]:
        seed, script = self._first
        return contract.actions(self._environment, self._loaded, seed, self._request["controls"], script)

    def _render(self) -> dict[str, Any]:
        return contract.picture(self._environment, *self._first, self._request["game"])

    def _held(self) -> dict[str, Any]:
        run = self._loaded
        run.begin(self._first[0])
        return states.held(run)

    def _sync_test(self) -> dict[str, Any]:
        window = self._request["window"]
        seed, script = self._first
        return report(
            SyncTest(self._environment, seed, script, window, self._request["seconds"]).go(),
            window,
            len(script),
        )

    def _cost(self) -> dict[str, Any]:
        return cost(
            self._environment,
            *self._first,
            fps=self._request["game"]["fps"],
            window=self._request["window"],
            in_browser=sys.platform == "emscripten",
        )

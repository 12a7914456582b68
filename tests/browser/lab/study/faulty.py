"""Environments that misbehave, each in one way, named by it."""

from __future__ import annotations

import os
import sys
from typing import Any


class Quiet:
    """An environment in which nothing happens; each fault changes one method."""

    def reset(self, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        self.t = 0
        return 0, {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.t += 1
        return 0, 0.0, False, False, {}

    def render(self) -> Any:
        return []

    def get_state(self) -> dict[str, Any]:
        return {"t": self.t}

    def set_state(self, state: dict[str, Any]) -> None:
        self.t = state["t"]


class Exits(Quiet):
    def step(self, action: Any) -> Any:
        os._exit(3)


class SystemExits(Quiet):
    def step(self, action: Any) -> Any:
        sys.exit("enough")


class Loops(Quiet):
    def step(self, action: Any) -> Any:
        while True:
            pass


class LoopsForEver(Quiet):
    def __init__(self) -> None:
        while True:
            pass


class Recurses(Quiet):
    def step(self, action: Any) -> Any:
        return self.step(action)


class RaisesInInit(Quiet):
    def __init__(self) -> None:
        raise RuntimeError("no init today")


class RaisesInReset(Quiet):
    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        raise RuntimeError("no reset today")


class RaisesInStep(Quiet):
    def step(self, action: Any) -> Any:
        if self.t >= 3:
            raise ZeroDivisionError("three steps are enough")
        return super().step(action)


class RaisesInRender(Quiet):
    def render(self) -> Any:
        raise RuntimeError("no render today")


class RaisesInGetState(Quiet):
    def get_state(self) -> Any:
        raise RuntimeError("no state today")


class RaisesInSetState(Quiet):
    def set_state(self, state: Any) -> None:
        raise RuntimeError("no restoring today")


class Unpicklable:
    """No get_state, and a generator in the attributes: nothing can capture it."""

    def __init__(self) -> None:
        self.source = (n for n in range(10))

    def reset(self, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        return 0, {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        return next(self.source), 0.0, False, False, {}


class Huge(Quiet):
    """A state of 200 MB."""

    def get_state(self) -> dict[str, Any]:
        return {"text": "x" * 200_000_000}

    def set_state(self, state: dict[str, Any]) -> None:
        self.size = len(state["text"])


class NoStep:
    def reset(self, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        return 0, {}


class Threads(Quiet):
    def step(self, action: Any) -> Any:
        import threading

        thread = threading.Thread(target=print)
        thread.start()
        return super().step(action)


class Slow(Quiet):
    """A step of a third of a second."""

    def step(self, action: Any) -> Any:
        import time

        end = time.monotonic() + 0.3
        while time.monotonic() < end:
            pass
        return super().step(action)


KINDS = {
    "exits": Exits,
    "system_exits": SystemExits,
    "loops": Loops,
    "loops_in_init": LoopsForEver,
    "recurses": Recurses,
    "raises_in_init": RaisesInInit,
    "raises_in_reset": RaisesInReset,
    "raises_in_step": RaisesInStep,
    "raises_in_render": RaisesInRender,
    "raises_in_get_state": RaisesInGetState,
    "raises_in_set_state": RaisesInSetState,
    "unpicklable": Unpicklable,
    "huge": Huge,
    "no_step": NoStep,
    "threads": Threads,
    "slow": Slow,
}

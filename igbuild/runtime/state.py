"""The state of a game as one document, and the three things done with it: keep it, send it, hash it.

The document is a dict of
- `env_state`: what the environment's `get_state()` returns; without one, the attributes of every layer, by
  `"number:ClassName"`, outermost first;
- `wrappers`: the attributes of the layers around an environment that has `get_state()`;
- `generators`: the states of random number generators that these do not hold, by path;
- `py_rng_state`, `np_rng_state`: the global generators of `random` and, once numpy is loaded, of numpy;
- `bots`: each bot's random state, what its policy remembers and what it saw last;
- `adapter`: where the episode stands.
"""

from __future__ import annotations

import random
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from igbuild.runtime import hashing
from igbuild.runtime.errors import StateError
from igbuild.runtime.graph import (
    changing,
    layers_of,
    numpy,
    qualified,
    replace_attributes,
)
from igbuild.runtime.policies import memory_of, owner_of, recall
from igbuild.runtime.randomness import Found
from igbuild.runtime.snapshots import Snapshot

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from igbuild.runtime.adapter import Adapter
    from igbuild.runtime.bots import Bot

PARTS: Final = (
    "env_state",
    "wrappers",
    "generators",
    "py_rng_state",
    "np_rng_state",
    "bots",
    "adapter",
)


class Saved:
    """A state kept in this process: what may change as a snapshot, the rest as it is."""

    __slots__ = ("numpy_state", "python_state", "snapshot")

    def __init__(self, document: dict[str, Any], roots: list[Any]) -> None:
        self.python_state = document.pop("py_rng_state")
        self.numpy_state = document.pop("np_rng_state")
        self.snapshot = Snapshot(document, roots)

    def __len__(self) -> int:
        return len(self.snapshot)

    def document(self) -> dict[str, Any]:
        """Return the state's document, made anew."""
        made: dict[str, Any] = self.snapshot.value()
        made["py_rng_state"] = self.python_state
        made["np_rng_state"] = self.numpy_state
        return made


class State:
    """Reads and writes the whole state of an adapter's environment and its bots.

    `begin` is to be called whenever an episode begins; it looks for generators and notes whether numpy is
    there, which then holds for the episode.
    """

    def __init__(self, adapter: Adapter, bots: Mapping[Hashable, Bot]) -> None:
        self._adapter = adapter
        self._bots = bots
        layers = layers_of(adapter.env)
        self._owner = next((layer for layer in layers if _has_hooks(layer)), None)
        outer = list(takewhile(lambda layer: layer is not self._owner, layers))
        self._layers = {f"{number}:{type(layer).__name__}": layer for number, layer in enumerate(outer)}
        owners_of_bots = (owner_of(bot.policy) for bot in bots.values())
        self._roots = [*layers, *(owner for owner in owners_of_bots if owner is not None)]
        owners = dict(self._layers)
        if self._owner is not None:
            owners[type(self._owner).__name__] = self._owner
        self._found = Found(owners, spaces_only=frozenset(self._layers))
        self._with_numpy = False
        self._last_python: tuple[Any, bytes] = (None, b"")

    @property
    def is_captured(self) -> bool:
        """Whether the environment has no `get_state()`, so that its attributes are taken instead."""
        return self._owner is None

    def begin(self) -> None:
        """Take note of what a new episode's state consists of."""
        self._found.search()
        self._with_numpy = self._with_numpy or numpy() is not None

    def document(self) -> dict[str, Any]:
        """Return the state as it is now. It refers to live objects: use it before the next step."""
        layers = {name: changing(layer) for name, layer in self._layers.items()}
        np = numpy()
        return {
            "env_state": layers if self._owner is None else self._owner.get_state(),
            "wrappers": {} if self._owner is None else layers,
            "generators": self._found.states(),
            "py_rng_state": random.getstate(),
            "np_rng_state": np.random.get_state(legacy=False) if np and self._with_numpy else None,
            "bots": {
                str(bot.agent): {
                    "rng": bot.rng.getstate(),
                    "policy": memory_of(bot.policy),
                    "observation": bot.observation,
                }
                for bot in self._bots.values()
            },
            "adapter": self._adapter.counters(),
        }

    def restore(self, document: Mapping[str, Any]) -> None:
        """Make `document` the state; what it holds becomes the environment's own."""
        self._set_env(document["env_state"], document["wrappers"])
        self._found.restore(document["generators"])
        random.setstate(document["py_rng_state"])
        np = numpy()
        if np and document["np_rng_state"] is not None:
            np.random.set_state(document["np_rng_state"])
        for bot in self._bots.values():
            state = document["bots"][str(bot.agent)]
            bot.rng.setstate(state["rng"])
            bot.observation = state["observation"]
            recall(bot.policy, state["policy"])
        self._adapter.set_counters(document["adapter"])

    def save(self) -> Saved:
        """Return the state for `load`, in this process only."""
        return Saved(self.document(), self._roots)

    def load(self, saved: Saved) -> None:
        """Go back to a state that was saved."""
        self.restore(saved.document())

    def to_json(self) -> Any:
        """Return the state as typed JSON."""
        from igbuild.runtime.typed import to_json  # noqa: PLC0415 - few games ever send their state

        return to_json(self.document(), self._roots)

    def from_json(self, data: Any) -> dict[str, Any]:
        """Return the document that typed JSON of `to_json` holds: whole, or of its `env_state` alone.

        With `env_state` alone everything else stays as it is now.

        Raises:
            StateError: data that this environment did not write.
        """
        from igbuild.runtime.typed import survey  # noqa: PLC0415 - as in `to_json`
        from igbuild.runtime.typed_reader import from_json  # noqa: PLC0415

        now = self.document()
        _, names, constants = survey(now, self._roots)
        names.update({qualified(type(root)): type(root) for root in self._roots})
        read = from_json(data, self._roots, names, constants)
        if _is_whole(read):
            return {part: read[part] for part in PARTS}
        if self.is_captured and not (isinstance(read, dict) and set(read) == set(self._layers)):
            raise StateError(
                "this is neither a whole state nor an env_state of this environment; pass what getState gave"
            )
        return {**now, "env_state": read}

    def digest(self, document: Mapping[str, Any] | None = None) -> bytes:
        """Return the SHA-256 of a document; without one, of the state as it is now."""
        parts = {}
        for part, value in (document or self.document()).items():
            try:
                parts[part] = self._digest_of(part, value)
            except StateError as error:
                raise error.under(f".{part}") from None
        return hashing.digest(parts)

    def _digest_of(self, part: str, value: Any) -> bytes:
        if part == "py_rng_state":
            if self._last_python[0] != value:
                self._last_python = (value, hashing.digest(value))
            return self._last_python[1]
        shared = part != "env_state" or self.is_captured
        return hashing.digest(value, roots=self._roots, sharing=shared)

    def _set_env(self, env_state: Any, wrappers: Mapping[str, Any]) -> None:
        if self._owner is not None:
            self._owner.set_state(env_state)
        for name, own in (env_state if self._owner is None else wrappers).items():
            replace_attributes(self._layers[name], own)


def _has_hooks(layer: Any) -> bool:
    # On the class: a wrapper that forwards what it does not know would seem to have them.
    return all(callable(getattr(type(layer), name, None)) for name in ("get_state", "set_state"))


def _is_whole(value: Any) -> bool:
    return isinstance(value, dict) and all(part in value for part in PARTS)

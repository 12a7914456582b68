"""What the data was made on, against the experiment that it is to be replayed with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from igbuild.config import Experiment
    from igbuild.data.episodes import Episode

ELSEWHERE = "a replay may differ for that alone: verify with the version of the study that was played"


@dataclass(frozen=True)
class Origin:
    """What an experiment gives now.

    Attributes:
        lock: SHA-256 of its lock; None where it has none.
        sites: ids of the sites that it builds.
    """

    lock: str | None
    sites: tuple[str, ...]

    def doubts(self, episodes: list[Episode]) -> list[str]:
        """Say of what else than this the players' exports were made; nothing if of this."""
        found = list(dict.fromkeys(doubt for episode in episodes for doubt in self._doubts(episode)))
        return [*found, ELSEWHERE] if found and self.lock is not None else found

    def _doubts(self, episode: Episode) -> Iterator[str]:
        if self.lock is None:
            yield "the experiment has no lock: that this is what was played cannot be known"
            return
        lock = episode.meta.get("lockHash")
        if episode.meta and lock != self.lock:
            said = f"with the lock {_short(lock)}" if lock else "with a lock that the metadata do not name"
            yield f"played {said}; the experiment's is {_short(self.lock)}"
        # The token says what the page named when the session began; the metadata, when the episode ended.
        named = str(episode.meta.get("siteHash", episode.player.site))
        for site in dict.fromkeys((episode.player.site, named)):
            if site not in self.sites:
                yield f"played on the site {_short(site)}; the experiment gives {' or '.join(self.sites)}"


def origin_of(experiment: Experiment) -> Origin:
    """Return what an experiment gives now; its lock is read, not renewed.

    Raises:
        IgbuildError: the lock or the study cannot be read.
    """
    from igbuild.packages.api import lock_path, read_lock  # noqa: PLC0415 - only a replay needs them
    from igbuild.site.build import site_ids  # noqa: PLC0415

    lock = read_lock(lock_path(experiment))
    return Origin(None, ()) if lock is None else Origin(lock.sha256, site_ids(experiment, lock))


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 16 else f"{text[:12]}…"

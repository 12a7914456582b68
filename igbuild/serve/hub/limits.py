"""A token bucket: a steady rate, and a burst above it."""

from __future__ import annotations


class Bucket:
    """Counts what was spent and how long to wait for more.

    Args:
        rate: units per second.
        burst: units that may be spent at once.
        now: seconds, any clock that does not run backwards.
    """

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = burst
        self._at = now

    def take(self, amount: float, now: float) -> bool:
        """Spend an amount if it is there."""
        self._fill(now)
        if self._left < amount:
            return False
        self._left -= amount
        return True

    def owe(self, amount: float, now: float) -> float:
        """Spend an amount in any case, and return the seconds to wait until the account is even."""
        self._fill(now)
        self._left -= amount
        return max(0.0, -self._left / self._rate)

    def _fill(self, now: float) -> None:
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now

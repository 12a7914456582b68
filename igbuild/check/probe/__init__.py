"""The part of a check that runs where the environment runs: the standard library and `igbuild.runtime` only.

It is shipped by path into the user's own Python, and into Pyodide, and says the same in both.
"""

from igbuild.check.probe.jobs import answer

__all__ = ["answer"]

"""`igbuild check`: the contract between an environment and the game made of it, tested by running it."""

from igbuild.check.report import CheckReport, Finding
from igbuild.check.run import check_experiment

__all__ = ["CheckReport", "Finding", "check_experiment"]

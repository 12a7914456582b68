"""The real tools that tests run: esbuild, as igbuild itself finds it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from igbuild.errors import IgbuildError

if TYPE_CHECKING:
    from pathlib import Path


@cache
def esbuild() -> Path:
    """Return the pinned esbuild executable; skip the test where it can be neither found nor fetched."""
    from igbuild.packages.api import esbuild_executable
    from igbuild.packages.cache import Store

    try:
        return esbuild_executable(Store())
    except IgbuildError as error:
        pytest.skip(f"no esbuild: {error.message}")

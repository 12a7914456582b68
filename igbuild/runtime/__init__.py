"""The Python that runs in the browser's worker, and natively: standard library only.

An environment needs one name of it, the drawing surface:

    from igbuild.runtime import Surface
"""

from igbuild.runtime.surface import Surface

__all__ = ["Surface"]

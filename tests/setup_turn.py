"""Find the TURN server that the relay tests play through; on Debian, fetch one where there is none.

Run as `python -m tests.setup_turn`. Debian's coturn starts a service when it is installed, so its packages
are only unpacked, beside the virtual environment's own files: nothing of the system changes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

UNPACKED = Path(sys.prefix) / "coturn"


def turnserver() -> str | None:
    """Return the program: `IGBUILD_TURNSERVER`, the system's, else the one that was unpacked."""
    own = UNPACKED / "usr" / "bin" / "turnserver"
    named = os.environ.get("IGBUILD_TURNSERVER") or shutil.which("turnserver")
    return named or (str(own) if own.is_file() else None)


def environment(program: str) -> dict[str, str]:
    """Return the environment to run it in: an unpacked one has its libraries beside it."""
    beside = Path(program).parent.parent / "lib"
    libraries = os.pathsep.join(str(folder) for folder in beside.glob("*-linux-gnu*"))
    return {**os.environ, "LD_LIBRARY_PATH": libraries} if libraries else dict(os.environ)


def _unpack() -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        return
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=False)
    with tempfile.TemporaryDirectory() as folder:
        here = ["-o", f"Dir::Cache::archives={folder}", "-o", "Debug::NoLocking=true"]
        here += ["-o", "APT::Sandbox::User=root"]  # the folder is nobody else's to write
        wanted = ["--download-only", "-qq", "-y", "--no-install-recommends", "coturn"]
        subprocess.run(["apt-get", "install", *here, *wanted], check=False)
        UNPACKED.mkdir(exist_ok=True)
        for package in sorted(Path(folder).glob("*.deb")):
            subprocess.run(["dpkg", "-x", str(package), str(UNPACKED)], check=False)


def main() -> int:
    """Fetch what is missing; without a TURN server its tests are skipped."""
    if not turnserver():
        _unpack()
    found = turnserver()
    print(f"relay tests play through {found}" if found else "no turnserver: the relay tests are skipped")
    return 0


if __name__ == "__main__":
    sys.exit(main())

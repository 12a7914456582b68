"""Find the browsers the tests drive, and install them where they are missing.

Run as `python -m tests.setup_browsers`. Playwright's own Chromium is what most people have; a
distribution's package serves as well, and is all that can be had behind some proxies.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FIREFOX_NAMES = ("firefox-esr", "firefox")


def playwright_chromium() -> str | None:
    """Return the Chromium that Playwright downloaded, if it did."""
    with sync_playwright() as playwright:
        try:
            path = playwright.chromium.executable_path
        except Error:
            return None
    return path if path and Path(path).exists() else None


def system_browser(names: tuple[str, ...]) -> str | None:
    """Return the first of these programs that is on PATH."""
    return next((found for name in names if (found := shutil.which(name))), None)


def chromium() -> str | None:
    """Return a Chromium to drive: `IGBUILD_CHROMIUM`, the system's, else Playwright's own."""
    return os.environ.get("IGBUILD_CHROMIUM") or system_browser(CHROMIUM_NAMES) or playwright_chromium()


def firefox() -> str | None:
    """Return the system's Firefox, if there is one."""
    return os.environ.get("IGBUILD_FIREFOX") or system_browser(FIREFOX_NAMES)


def _debian_install(*packages: str) -> None:
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=quiet)
        subprocess.run(["apt-get", "install", "-qq", "-y", *packages], check=False, env=quiet)


def main() -> int:
    """Install what is missing; Firefox is optional, Chromium is not."""
    if not chromium():
        _debian_install("chromium")
    if not chromium():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if not firefox():
        _debian_install("firefox-esr")
    found = chromium()
    if not found:
        print("no Chromium: install one, or name it in IGBUILD_CHROMIUM", file=sys.stderr)
        return 1
    print(f"browser tests drive {found}" + (f" and {firefox()}" if firefox() else "; no Firefox found"))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""All benchmarks, one after another: `python -m tests.benchmarks` or `make bench`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Run every measurement in a process of its own; go on after one that fails, and say so at the end."""
    modules = sorted(path.stem for path in HERE.glob("[a-z]*.py"))
    commands = [[sys.executable, "-m", f"tests.benchmarks.{module}"] for module in modules]
    commands += [["node", str(script)] for script in sorted(HERE.glob("*.mjs"))]
    failed = []
    for command in commands:
        print(f"\n== {command[-1].removeprefix(f'{HERE}/')}", flush=True)
        if subprocess.run(command, check=False).returncode:
            failed.append(command[-1])
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())

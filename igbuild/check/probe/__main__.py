"""`python -m igbuild.check.probe REQUEST ANSWER`: answer the request in one file in another.

Standard output stays the environment's own.
"""

import sys
from pathlib import Path

from igbuild.check.probe.jobs import answer

if __name__ == "__main__":
    request, target = sys.argv[1:3]
    Path(target).write_text(answer(Path(request).read_text(encoding="utf-8")), encoding="utf-8")

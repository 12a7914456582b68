"""What runtime.mjs asks of Python in Pyodide."""

from __future__ import annotations

import gc
import importlib
import json
import sys

from igbuild.runtime.hashing import canonical, digest
from tests.hash_answers import ANSWERS, DIGESTS, namespace


def version():
    return sys.version.split()[0]


def wrong_answers():
    values = [text for text, answer in ANSWERS.items() if canonical(eval(text, namespace)) != answer]
    digests = [text for text, answer in DIGESTS.items() if digest(eval(text, namespace)).hex() != answer]
    return json.dumps(values + digests)


def imports_multiprocessing():
    importlib.import_module("multiprocessing.synchronize")
    return "_multiprocessing" in sys.modules


def count_objects():
    gc.collect()
    return len(gc.get_objects())

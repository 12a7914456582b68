"""The contract of the state hash: values, and their canonical bytes in every Python.

Pure data and classes, so that the same file is run natively and in Pyodide.
"""

from __future__ import annotations

import datetime as dt
import enum
import fractions
import functools
import random
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple  # noqa: F401 - named below


class Point:
    def __init__(self, x, y):
        self.y = y
        self.x = x


class Slotted:
    __slots__ = ("_Slotted__hidden", "x")

    def __init__(self):
        self.x = 1
        self._Slotted__hidden = 2


class Child(Slotted):
    def __init__(self):
        super().__init__()
        self.z = 3


class Color(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    LOW = 1


class Bag(list):
    pass


class Chooses:
    def __canonical__(self):
        return ("mine", 1)


Pair = namedtuple("Pair", "a b")


def module_function():
    pass


def cycle():
    made = [1]
    made.append(made)
    return made


def shared():
    row = [0]
    return [row, row]


def family():
    parent, child = Point(1, []), Point(2, None)
    parent.y.append(child)
    child.y = parent
    return parent


def closure():
    count = [3]
    return lambda: count


def rng(seed):
    made = random.Random(seed)
    made.random()
    return made


here = __name__.encode()


def name(text):
    """What a qualified name of this module is written as."""
    full = here + b":" + text
    return b"s%d:%b" % (len(full), full)


ANSWERS = {
    "None": b"N",
    "True": b"T",
    "False": b"F",
    "0": b"i0;",
    "-12": b"i-12;",
    "2**100": b"i1267650600228229401496703205376;",
    "1.5": b"f\x3f\xf8\x00\x00\x00\x00\x00\x00",
    "0.0": b"f\x00\x00\x00\x00\x00\x00\x00\x00",
    "-0.0": b"f\x80\x00\x00\x00\x00\x00\x00\x00",
    "float('nan')": b"f\x7f\xf8\x00\x00\x00\x00\x00\x00",
    "-float('nan')": b"f\x7f\xf8\x00\x00\x00\x00\x00\x00",
    "float('-inf')": b"f\xff\xf0\x00\x00\x00\x00\x00\x00",
    "5e-324": b"f\x00\x00\x00\x00\x00\x00\x00\x01",
    "complex(1, -0.0)": b"cf\x3f\xf0\x00\x00\x00\x00\x00\x00f\x80\x00\x00\x00\x00\x00\x00\x00",
    "''": b"s0:",
    "'caf\\u00e9'": b"s5:caf\xc3\xa9",
    "'\\ud800'": b"s3:\xed\xa0\x80",
    "b'ab'": b"b2:ab",
    "bytearray(b'ab')": b"B2:ab",
    "(1, 'a')": b"(2:i1;s1:a",
    "[1, 'a']": b"[2:i1;s1:a",
    "list(range(17))": b"[17:" + b"".join(b"i%d;" % number for number in range(17)),
    "{'b': 1, 'a': 2}": b"{2:s1:ai2;s1:bi1;",
    "{'\\U0001f600': 1, '\\uffff': 2}": b"{2:s3:\xef\xbf\xbfi2;s4:\xf0\x9f\x98\x80i1;",
    "{2: 'x', 'a': 'y', (1, 2): 'z'}": b"{3:(2:i1;i2;s1:zi2;s1:xs1:as1:y",
    "{3, 1, 2}": b"S3:i1;i2;i3;",
    "frozenset({'b', 'a'})": b"Z2:s1:as1:b",
    "{('b', 1), ('a', 2)}": b"S2:(2:s1:ai2;(2:s1:bi1;",
    "range(1, 9, 2)": b"ri1;i9;i2;",
    "deque([1, 2], maxlen=3)": b"Di3;[2:i1;i2;",
    "cycle()": b"[2:i1;@0;",
    "shared()": b"[2:[1:i0;@1;",
    "[[0], [0]]": b"[2:[1:i0;[1:i0;",
    "Point(1, 2.0)": b"O" + name(b"Point") + b"{2:s1:xi1;s1:yf\x40\x00\x00\x00\x00\x00\x00\x00",
    "Slotted()": b"O" + name(b"Slotted") + b"{2:s16:_Slotted__hiddeni2;s1:xi1;",
    "Child()": b"O" + name(b"Child") + b"{3:s16:_Slotted__hiddeni2;s1:xi1;s1:zi3;",
    "family()": b"O" + name(b"Point") + b"{2:s1:xi1;s1:y[1:O" + name(b"Point") + b"{2:s1:xi2;s1:y@0;",
    "Color.RED": b"E" + name(b"Color") + b"s3:RED",
    "Level.LOW": b"E" + name(b"Level") + b"s3:LOW",
    "Bag([1])": b"X" + name(b"Bag") + b"[1:i1;{0:",
    "Pair(1, 2)": b"X" + name(b"Pair") + b"(2:i1;i2;{0:",
    "OrderedDict(b=1, a=2)": b"Xs23:collections:OrderedDict{2:s1:ai2;s1:bi1;{0:",
    "Counter('aab')": b"Xs19:collections:Counter{2:s1:ai2;s1:bi1;{0:",
    "defaultdict(list, a=1)": b"Xs23:collections:defaultdict{1:s1:ai1;{0:",
    "fractions.Fraction(1, 2)": b"Os18:fractions:Fraction{2:s12:_denominatori2;s10:_numeratori1;",
    "datetime.date(2020, 1, 2)": b"Os13:datetime:date(5:Cs13:datetime:date(1:b4:\x07\xe4\x01\x02N[0:[0:",
    "module_function": b"C" + name(b"module_function"),
    "Point": b"C" + name(b"Point"),
    "len": b"Cs12:builtins:len",
    "Chooses()": b"O" + name(b"Chooses") + b"(2:s4:minei1;",
    "[1].append": b"Ms6:append[1:i1;",
    "functools.partial(len, [1])": b"Os17:functools:partial(5:Cs17:functools:partial(1:Cs12:builtins:len"
    b"(4:Cs12:builtins:len(1:[1:i1;{0:N[0:[0:",
}

# Values of numpy, which not every site has.
NUMPY_ANSWERS = {
    "np.int8(3)": b"i3;",
    "np.uint64(2**64 - 1)": b"i18446744073709551615;",
    "np.bool_(True)": b"T",
    "np.float64(1.5)": b"f\x3f\xf8\x00\x00\x00\x00\x00\x00",
    "np.float32(1.5)": b"nf4()\x00\x00\xc0\x3f",
    "np.str_('a')": b"s1:a",
    "np.array([1, 2], dtype=np.int8)": b"ai(2)" + (1).to_bytes(8, "little") + (2).to_bytes(8, "little"),
    "np.array([1, 2], dtype=np.int64)": b"ai(2)" + (1).to_bytes(8, "little") + (2).to_bytes(8, "little"),
    "np.array([1, 2], dtype='>i4')": b"ai(2)" + (1).to_bytes(8, "little") + (2).to_bytes(8, "little"),
    "np.array([[1, 3], [2, 4]], dtype=np.uint8).T": b"au(2,2)"
    + b"".join(number.to_bytes(8, "little") for number in (1, 2, 3, 4)),
    "np.array([True, False])": b"ab(2)\x01\x00",
    "np.array(1.5)": b"af8()\x00\x00\x00\x00\x00\x00\xf8\x3f",
    "np.array([1.5], dtype=np.float32)": b"af4(1)\x00\x00\xc0\x3f",
    "np.array([-0.0, -np.nan])": b"af8(2)\x00\x00\x00\x00\x00\x00\x00\x80\x00\x00\x00\x00\x00\x00\xf8\x7f",
    "np.zeros((0, 3))": b"af8(0,3)",
    "np.array(['a', 'bc'])": b"aU(2)s1:as2:bc",
    "np.array([None, 1], dtype=object)": b"aO(2)Ni1;",
    "np.array([(1, 2.0)], dtype=[('b', 'i4'), ('a', 'f8')])": b"aV(1){2:s1:aaf8(1)"
    b"\x00\x00\x00\x00\x00\x00\x00\x40"
    b"s1:bai(1)\x01\x00\x00\x00\x00\x00\x00\x00",
    "np.datetime64('2020-01-01')": b"nM8[D]()\x56\x47\x00\x00\x00\x00\x00\x00",
}

# SHA-256 of values too long to write out.
DIGESTS = {
    "rng(1)": "a26d9efefbb3453b1f767d698451c41a248c677392f6a973a45a72d0f4f3f223",
    "{'pos': [[1, 2], [3, 4]], 'rng': rng(3), 'alive': {0, 1}}": (
        "5ef654bdf25318d394fe69b32a9fbb22e7f6d42063fef81ecaf05a46c6528c77"
    ),
}

namespace = dict(globals(), datetime=dt, dt=dt, deque=deque, functools=functools, fractions=fractions)

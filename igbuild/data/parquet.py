"""Tables as Parquet files; needs the extra `igbuild[parquet]`."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from igbuild.errors import ToolMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BATCH = 10_000
"""Records written at once; bounds the memory."""


def write_parquet(path: Path, columns: list[str], records: Callable[[], Iterator[dict[str, Any]]]) -> int:
    """Write records and return their number.

    A column of whole numbers becomes int64, of numbers float64, of truth values bool; any other is text, with
    JSON for what is not.

    Raises:
        ToolMissing: pyarrow is not installed.
    """
    pa, pq = _pyarrow()
    types = _types(columns, records)
    arrow = {"bool": pa.bool_(), "int": pa.int64(), "float": pa.float64(), "text": pa.string()}
    schema = pa.schema([(name, arrow[types[name]]) for name in columns])
    count = 0
    found = records()
    with pq.ParquetWriter(path, schema) as writer:
        while batch := list(islice(found, BATCH)):
            arrays = [
                pa.array([_value(record.get(name), types[name]) for record in batch], arrow[types[name]])
                for name in columns
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(batch)
    return count


def first_column(path: Path) -> str | None:
    """Return the name of a file's first column; None if it has none, or is no Parquet file.

    Raises:
        ToolMissing: pyarrow is not installed.
    """
    _, pq = _pyarrow()
    try:
        names: list[str] = pq.read_schema(path).names
    except ValueError:
        return None
    return names[0] if names else None


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa  # noqa: PLC0415  # an extra
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError as error:
        raise ToolMissing(
            "Parquet needs pyarrow, which is not installed. Run: pip install 'igbuild[parquet]'"
        ) from error
    return pa, pq


def _types(columns: list[str], records: Callable[[], Iterator[dict[str, Any]]]) -> dict[str, str]:
    """Return the narrowest type that holds every value of each column."""
    seen: dict[str, set[str]] = {name: set() for name in columns}
    for record in records():
        for name, value in record.items():
            if value is not None:
                seen[name].add(_type(value))
    return {name: _join(found) for name, found in seen.items()}


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int" if -(2**63) <= value < 2**63 else "text"
    if isinstance(value, float) or _is_escaped_float(value):
        return "float"
    return "text"


def _join(found: set[str]) -> str:
    if len(found) == 1:
        return next(iter(found))
    return "float" if found == {"int", "float"} else "text"


def _value(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "float":
        return float(value["$float"]) if isinstance(value, dict) else float(value)
    if kind == "text" and not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return value


def _is_escaped_float(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() != {"$float"}:
        return False
    name = value["$float"]
    return isinstance(name, str) and name in {"nan", "inf", "-inf", "-0.0"}

"""Who may speak to the server: the Host it is reached by, the Origin a browser vouches for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


def refuse_headers(
    headers: Iterable[tuple[bytes, bytes]], hosts: Collection[str], origins: Collection[str]
) -> str | None:
    """Return why a request is refused, or None.

    A page of another site can make a browser connect here (and, by rebinding its own domain name to this
    address, even look like the same origin), so both headers are held against explicit lists. A request
    without Origin does not come from a page; it has the rights of any program.

    Args:
        headers: raw ASGI headers.
        hosts: host names without port, lower case; `*.name` stands for every name below.
        origins: allowed origins as browsers send them (`https://lab.example`).
    """
    found = [value.decode("latin-1") for name, value in headers if name == b"host"]
    if len(found) != 1 or not _is_listed(found[0], hosts):
        return "host not allowed"
    sent = [value.decode("latin-1") for name, value in headers if name == b"origin"]
    if sent and (len(sent) > 1 or sent[0] not in origins):
        return "origin not allowed"
    return None


def _is_listed(host: str, hosts: Collection[str]) -> bool:
    name = host.lower()
    if not name.endswith("]"):
        name = name.rpartition(":")[0] or name
    name = name.removesuffix(".")
    return name in hosts or any(pattern.startswith("*.") and name.endswith(pattern[1:]) for pattern in hosts)
